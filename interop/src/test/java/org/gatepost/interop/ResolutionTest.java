// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Unbound, resolving from NSD's root, tells secure, insecure and bogus apart.
@NeedsPeers
class ResolutionTest {

    private static Dig.Reply ask(String question) {
        return Dig.ask(MiniInternet.shared().resolver().getAddress().getHostAddress(), question);
    }

    @Test
    void aSignedZoneIsSecure() {
        var reply = ask(Destinations.DANE_EE.domain() + " MX");

        assertThat(reply.rcode()).isEqualTo("NOERROR");
        assertThat(reply.authenticData()).isTrue();
        assertThat(reply.text()).contains("RRSIG\tMX 13 ");
    }

    @Test
    void absenceIsSecureByNsecAndByNsec3() {
        var nsec = ask("nothing." + Destinations.DANE_EE.domain() + " A");
        var nsec3 = ask("nothing." + Destinations.DANE_EE_EXIM.domain() + " A");

        assertThat(nsec.rcode()).isEqualTo("NXDOMAIN");
        assertThat(nsec.authenticData()).isTrue();
        assertThat(nsec.text()).containsPattern("\\sNSEC\\s");
        assertThat(nsec3.rcode()).isEqualTo("NXDOMAIN");
        assertThat(nsec3.authenticData()).isTrue();
        assertThat(nsec3.text()).containsPattern("\\sNSEC3\\s1 0 0 - ");
    }

    @Test
    void anUnsignedZoneIsInsecure() {
        var reply = ask(Destinations.PLAIN.domain() + " MX");

        assertThat(reply.rcode()).isEqualTo("NOERROR");
        assertThat(reply.authenticData()).isFalse();
    }

    @Test
    void brokenChainsFailUnlessCheckingIsDisabled() {
        for (var broken : new Destination[] {Destinations.DNSSEC_WRONG_DS, Destinations.DNSSEC_EXPIRED}) {
            var checked = ask(broken.domain() + " MX");
            var unchecked = ask(broken.domain() + " MX +cd");

            assertThat(checked.rcode()).as(checked.text()).isEqualTo("SERVFAIL");
            assertThat(unchecked.rcode()).as(unchecked.text()).isEqualTo("NOERROR");
            assertThat(unchecked.text()).contains("RRSIG\tMX 13 ");
        }
    }

    @Test
    void onlyTheTlsaRecordsOfAForgedHostAreBogus() {
        var host = Destinations.TLSA_FORGED.mxHost();

        assertThat(ask(host + " A").authenticData()).isTrue();
        assertThat(ask("_25._tcp." + host + " TLSA").rcode()).isEqualTo("SERVFAIL");
        assertThat(ask("_25._tcp." + host + " TLSA +cd").rcode()).isEqualTo("NOERROR");
    }

    @Test
    void theTlsaRecordsOfALameDelegationAreNeverAnswered() {
        var host = Destinations.TLSA_LAME.mxHost();

        assertThat(ask(host + " A").authenticData()).isTrue();
        assertThat(ask("_25._tcp." + host + " TLSA +cd").rcode()).isEqualTo("SERVFAIL");
    }

    @Test
    void anUnsignedDomainMayHaveASignedMxHost() {
        assertThat(ask(Destinations.DANE_PROVIDER.domain() + " MX").authenticData())
                .isFalse();
        assertThat(ask("_25._tcp." + Destinations.DANE_PROVIDER.mxHost() + " TLSA")
                        .authenticData())
                .isTrue();
    }
}
