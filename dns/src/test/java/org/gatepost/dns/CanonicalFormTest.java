// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.dns.TestKey.name;
import static org.gatepost.dns.TestKey.rr;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;

/// RFC 4034 §6, with dnsjava's independent making of the same octets as witness.
class CanonicalFormTest {
    private static final TestKey KEY = TestKey.of("test.");

    private static String octets(RRset set) {
        return new String(CanonicalForm.signedOctets(set, KEY.signature(set)), StandardCharsets.ISO_8859_1);
    }

    @Test
    void theOctetsAreThoseOfAnotherImplementation() {
        for (List<String> records : List.of(
                List.of("MX.Test. MX 10 Mail.TEST.", "MX.Test. MX 5 b.test."),
                List.of("a.test. TXT \"x\" \"Y\"", "a.test. TXT \"A\"", "a.test. TXT \"\""),
                List.of("a.test. SOA Ns.Test. Root.Test. 1 2 3 4 5"),
                List.of("a.test. NSEC Z.Test. A NSEC RRSIG"),
                List.of("*.a.test. AAAA ::1", "*.a.test. AAAA ::"))) {
            var set = new RRset(records.stream().map(TestKey::rr).toList());
            RRSIGRecord signature = KEY.signature(set);

            assertThat(CanonicalForm.signedOctets(set, signature))
                    .as(records.toString())
                    .isEqualTo(DNSSEC.digestRRset(signature, set));
        }
    }

    @Test
    void namesInDataAreLoweredForOldTypesAndLeftAloneForNsecAndNewTypes() { // RFC 6840 §5.1
        assertThat(octets(new RRset(rr("a.test. MX 10 Mail.TEST."))))
                .contains("mail")
                .doesNotContain("Mail");
        assertThat(octets(new RRset(rr("a.test. NSEC Mail.TEST. A")))).contains("Mail");
        assertThat(octets(new RRset(rr("a.test. SVCB 1 Mail.TEST.")))).contains("Mail");
        assertThat(octets(new RRset(rr("a.test. HINFO \"Intel\" \"Unix\"")))).contains("Intel");
    }

    @Test
    void theTtlIsTheSignedOneAndTheOrderThatOfTheData() {
        RRset set = new RRset(rr("a.test. A 192.0.2.2"), rr("a.test. A 192.0.2.1"));
        RRset aged = new RRset();
        for (String address : List.of("192.0.2.1", "192.0.2.2")) {
            aged.addRR(org.xbill.DNS.Record.newRecord(
                    name("a.test."), 1, 1, 7, rr("a.test. A " + address).rdataToWireCanonical()));
        }
        RRSIGRecord signature = KEY.signature(set);

        assertThat(CanonicalForm.signedOctets(aged, signature)).isEqualTo(CanonicalForm.signedOctets(set, signature));
    }

    @Test
    void theOwnerOfAnExpandedSetIsItsWildcard() { // RFC 4035 §5.3.2
        assertThat(CanonicalForm.signedOwner(name("a.b.c.test."), 2)).isEqualTo(name("*.c.test."));
        assertThat(CanonicalForm.signedOwner(name("a.b.c.test."), 4)).isEqualTo(name("a.b.c.test."));
        assertThat(CanonicalForm.signedOwner(name("*.test."), 1)).isEqualTo(name("*.test."));
        assertThat(CanonicalForm.signedOwner(name("*.b.test."), 1)).isEqualTo(name("*.test."));
        assertThat(CanonicalForm.labels(name("*.test."))).isEqualTo(1);
        assertThat(CanonicalForm.labels(name("."))).isZero();
    }
}
