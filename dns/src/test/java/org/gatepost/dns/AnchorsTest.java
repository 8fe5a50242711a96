// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.gatepost.dns.TestKey.name;

import java.util.List;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Record;

class AnchorsTest {
    private static final String DS = " IN DS 1 13 2 " + "ab".repeat(32);

    private static Anchors anchors(List<String> records, String... insecure) {
        return Anchors.of(ValidationOptions.of(TrustAnchor.builtIn())
                .withAnchors(records)
                .withInsecureDomains(
                        List.of(insecure).stream().map(DomainName::parse).toList()));
    }

    @Test
    void theDeepestAnchorAboveANameCounts() {
        Anchors anchors = anchors(List.of("." + DS, "b.test." + DS, "b.test. IN DS 2 13 2 " + "cd".repeat(32)));

        assertThat(anchors.above(name("a.B.test."))).isInstanceOfSatisfying(Anchors.Start.Trusted.class, start -> {
            assertThat(start.zone()).isEqualTo(name("b.test."));
            assertThat(start.records()).hasSize(2);
        });
        assertThat(anchors.above(name("c.test.")))
                .isInstanceOfSatisfying(
                        Anchors.Start.Trusted.class,
                        start -> assertThat(start.zone()).isEqualTo(name(".")));
    }

    @Test
    void namesUnderNoAnchorAreToldApart() {
        assertThat(anchors(List.of("b.test." + DS)).above(name("test."))).isEqualTo(new Anchors.Start.Nothing());
    }

    @Test
    void aDeclaredInsecureDomainEndsTrustUnlessAnAnchorStandsDeeper() {
        Anchors anchors = anchors(List.of("." + DS, "deep.b.test." + DS), "b.test", "deep.b.test.other");

        assertThat(anchors.above(name("x.b.test."))).isEqualTo(new Anchors.Start.DeclaredInsecure(name("b.test.")));
        assertThat(anchors.above(name("x.deep.b.test."))).isInstanceOf(Anchors.Start.Trusted.class);
    }

    @Test
    void anAnchorForDiagnosisMayHaveADigestOfAnyLengthWhichFitsNoKey() throws TrustAnchorException {
        List<String> texts = DiagnosisRules.anchorsFrom(
                "here",
                "b.test. 60 IN DS 7 RSASHA256 1 " + "ab".repeat(32) + "\nc.test. IN DS 7 8 2 " + "cd".repeat(32));

        assertThat(anchors(texts).records().values().stream()
                        .flatMap(List::stream)
                        .map(Record::rdataToString))
                .containsExactlyInAnyOrder("7 8 1 " + "AB".repeat(32), "7 8 2 " + "CD".repeat(32));
    }

    @Test
    void otherRecordsAreNoAnchors() {
        assertThatThrownBy(() -> anchors(List.of(". IN A 192.0.2.1"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> anchors(List.of("nonsense"))).isInstanceOf(IllegalArgumentException.class);
    }
}
