// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.interop.PosttlsFinger.Verdict.DNS_FAILED;
import static org.gatepost.interop.PosttlsFinger.Verdict.HANDSHAKE_FAILED;
import static org.gatepost.interop.PosttlsFinger.Verdict.NO_MAIL;
import static org.gatepost.interop.PosttlsFinger.Verdict.NO_STARTTLS;
import static org.gatepost.interop.PosttlsFinger.Verdict.TRUSTED;
import static org.gatepost.interop.PosttlsFinger.Verdict.UNREACHABLE;
import static org.gatepost.interop.PosttlsFinger.Verdict.UNTRUSTED;
import static org.gatepost.interop.PosttlsFinger.Verdict.VERIFIED;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every destination of the shared network is what its name says, by the word of Postfix's own TLS code.
@NeedsPeers
class PosttlsFingerTest {

    static Stream<Arguments> verdicts() {
        return Stream.of(
                arguments(Destinations.SENDERS, UNTRUSTED),
                arguments(Destinations.PLAIN, NO_STARTTLS),
                arguments(Destinations.SELF_SIGNED, UNTRUSTED),
                arguments(Destinations.SIGNED_WITHOUT_TLSA, UNTRUSTED),
                arguments(Destinations.UNREACHABLE, UNREACHABLE),
                arguments(Destinations.NULL_MX, NO_MAIL),
                arguments(Destinations.DANE_EE, VERIFIED),
                arguments(Destinations.DANE_EE_EXIM, VERIFIED),
                arguments(Destinations.DANE_EE_EXPIRED, VERIFIED),
                arguments(Destinations.DANE_TA, VERIFIED),
                arguments(Destinations.DANE_TA_EXIM, VERIFIED),
                arguments(Destinations.DANE_ROLLOVER, VERIFIED),
                arguments(Destinations.DANE_ALIAS, VERIFIED),
                arguments(Destinations.DANE_IMPLICIT_MX, VERIFIED),
                // Verified too, but logged as weaker because the MX record is not signed (RFC 7672 §2.2.1)
                arguments(Destinations.DANE_PROVIDER, TRUSTED),
                // posttls-finger looks at the first MX host only
                arguments(Destinations.DANE_FIRST_MX_BAD, UNTRUSTED),
                arguments(Destinations.DANE_MISMATCH, UNTRUSTED),
                arguments(Destinations.DANE_MISMATCH_EXIM, UNTRUSTED),
                arguments(Destinations.DANE_NO_STARTTLS, NO_STARTTLS),
                arguments(Destinations.DANE_TA_EXPIRED, UNTRUSTED),
                arguments(Destinations.DANE_TA_OTHER_NAME, UNTRUSTED),
                arguments(Destinations.DANE_TA_SELF_SIGNED, UNTRUSTED),
                arguments(Destinations.DANE_UNUSABLE, UNTRUSTED),
                arguments(Destinations.DANE_UNUSABLE_NO_STARTTLS, NO_STARTTLS),
                arguments(Destinations.DNSSEC_WRONG_DS, DNS_FAILED),
                arguments(Destinations.DNSSEC_EXPIRED, DNS_FAILED),
                arguments(Destinations.TLSA_FORGED, DNS_FAILED),
                arguments(Destinations.TLSA_LAME, DNS_FAILED),
                arguments(Destinations.STS, VERIFIED),
                arguments(Destinations.STS_EXIM, VERIFIED),
                arguments(Destinations.STS_OTHER_MX, UNTRUSTED),
                arguments(Destinations.STS_TESTING, UNTRUSTED),
                arguments(Destinations.STS_EXPIRED, UNTRUSTED),
                arguments(Destinations.STS_EXPIRED_EXIM, UNTRUSTED),
                arguments(Destinations.STS_OTHER_NAME, UNTRUSTED),
                arguments(Destinations.STS_SELF_SIGNED, UNTRUSTED),
                arguments(Destinations.STS_NO_STARTTLS, NO_STARTTLS),
                arguments(Destinations.STS_TLS_1_1, HANDSHAKE_FAILED),
                arguments(Destinations.STS_AND_DANE, VERIFIED),
                arguments(Destinations.STS_AND_DANE_MISMATCH, UNTRUSTED));
    }

    @ParameterizedTest
    @MethodSource("verdicts")
    void everyDestinationIsAsItsRowSays(Destination destination, PosttlsFinger.Verdict expected) {
        var internet = MiniInternet.shared();

        var report = PosttlsFinger.check(destination.domain(), internet.fingerDemand(destination));

        assertThat(report.verdict()).as(report.text()).isEqualTo(expected);
    }

    @Test
    void noDestinationIsLeftOut() {
        assertThat(verdicts().map(row -> row.get()[0])).containsExactlyElementsOf(Destinations.all());
    }
}
