// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.policy.Answers.name;
import static org.gatepost.policy.DaneMatcherTest.chain;
import static org.gatepost.policy.DaneMatcherTest.record;
import static org.gatepost.policy.TestCertificates.NOW;

import java.security.cert.X509Certificate;
import java.util.List;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.policy.TestCertificates.Validity;
import org.junit.jupiter.api.Test;

/// DANE-TA(2) over the chains that servers really send: cross-signed, unordered, incomplete, constrained (RFC 7672
/// §3.1.2, RFC 7671 §5.2).
final class DaneAnchorMatchTest {
    private static final String BASE = "mx.example.com";
    private static final TestCertificates ROOT = TestCertificates.root("Root");
    private static final TestCertificates ISSUER = ROOT.authority("Issuer");
    private static final TestCertificates LEAF = ISSUER.server(BASE);
    private static final TestCertificates STRANGER = TestCertificates.root("Stranger");

    @Test
    void chainsCountInWhateverOrderTheyAreSent() throws Exception {
        List<X509Certificate> shuffled = chain(LEAF, STRANGER, ROOT, STRANGER, ISSUER, ROOT, LEAF);
        for (int matching = 0; matching <= 2; matching++) {
            assertThat(matched(shuffled, record(2, 0, matching, ROOT)).depth()).hasValue(2);
            assertThat(matched(shuffled, record(2, 1, matching, ISSUER)).depth())
                    .hasValue(4);
        }
    }

    @Test
    void brokenChainBetweenLeafAndSentAnchorDoesNotMatch() throws Exception { // RFC 7671 §5.2.2
        assertThat(reason(chain(LEAF, ROOT), record(2, 0, 1, ROOT))).isEqualTo(SubReason.CHAIN_INVALID);
        assertThat(reason(chain(LEAF, STRANGER, ROOT), record(2, 1, 1, ROOT))).isEqualTo(SubReason.CHAIN_INVALID);
    }

    @Test
    void ofCrossSignedPathsEveryOneCounts() throws Exception { // pitfall 10
        var other = TestCertificates.root("Other");
        var crossed = other.crossSigned(ISSUER, Validity.CURRENT);
        List<X509Certificate> both = chain(LEAF, ISSUER, ROOT, crossed, other);
        assertThat(matched(both, record(2, 0, 1, ROOT)).depth()).hasValue(2);
        assertThat(matched(both, record(2, 0, 1, other)).depth()).hasValue(4);
        assertThat(matched(both, record(2, 0, 1, ISSUER)).depth()).hasValue(1);
        assertThat(matched(both, record(2, 0, 1, crossed)).depth()).hasValue(3);
        assertThat(matched(chain(LEAF, crossed), record(2, 0, 0, other)).depth())
                .isEmpty();
        assertThat(matched(chain(LEAF, crossed), record(2, 1, 0, other)).depth())
                .isEmpty();
    }

    @Test
    void anchorByKeyIsMetInAnyCertificateThatBearsTheKey() throws Exception {
        var expired = TestCertificates.root("Other").crossSigned(ISSUER, Validity.OVER);
        assertThat(matched(chain(LEAF, expired, ISSUER), record(2, 1, 1, ISSUER))
                        .depth())
                .hasValue(2);
        assertThat(failure(chain(LEAF, expired), record(2, 1, 1, ISSUER)))
                .isInstanceOf(DeliveryFailure.DaneCertificateExpired.class);
    }

    @Test
    void leafSentTwiceIsNoTrustAnchor() throws Exception {
        var alone = TestCertificates.selfSignedServer(Validity.CURRENT, BASE);
        for (Tlsa form : DaneMatcherTest.forms(2, alone.certificate())) {
            if (!(form.selector() == 1 && form.matchingType() == 0)) {
                assertThat(reason(chain(alone, alone), form)).isEqualTo(SubReason.TA_NOT_IN_CHAIN);
            }
        }
    }

    @Test
    void bareKeyMayHaveSignedTheLeafItself() throws Exception { // RFC 7671 §5.2.3
        var alone = TestCertificates.selfSignedServer(Validity.CURRENT, BASE);
        assertThat(matched(chain(alone), record(2, 1, 0, alone)).depth()).isEmpty();
        var elsewhere = TestCertificates.selfSignedServer(Validity.CURRENT, "other.test");
        assertThat(failure(chain(elsewhere), record(2, 1, 0, elsewhere)))
                .isInstanceOf(DeliveryFailure.DaneNameMismatch.class);
        var over = TestCertificates.selfSignedServer(Validity.OVER, BASE);
        assertThat(failure(chain(over), record(2, 1, 0, over)))
                .isInstanceOf(DeliveryFailure.DaneCertificateExpired.class);
        assertThat(reason(chain(LEAF), record(2, 1, 0, LEAF))).isEqualTo(SubReason.TA_NOT_IN_CHAIN);
    }

    @Test
    void datesOfEveryCertificateUpToTheAnchorCount() throws Exception { // C7
        var oldIssuer = ROOT.authority("Old issuer", Validity.OVER);
        var below = oldIssuer.server(BASE);
        for (Tlsa anchor : List.of(record(2, 0, 1, ROOT), record(2, 0, 0, ROOT), record(2, 1, 0, ROOT))) {
            DeliveryFailure failure = failure(chain(below, oldIssuer, ROOT), anchor);
            assertThat(failure).isInstanceOf(DeliveryFailure.DaneCertificateExpired.class);
            assertThat(failure.evidence()).contains("'CN=Old issuer' expired at 2026-11-23T11:59:59Z");
        }
        assertThat(failure(chain(below, oldIssuer), record(2, 1, 0, ROOT)))
                .isInstanceOf(DeliveryFailure.DaneCertificateExpired.class);
        var youngIssuer = ROOT.authority("Young issuer", Validity.TO_COME);
        assertThat(reason(chain(youngIssuer.server(BASE), youngIssuer, ROOT), record(2, 0, 1, ROOT)))
                .isEqualTo(SubReason.NOT_YET_VALID);
    }

    @Test
    void datesAboveTheAnchorDoNotCount() throws Exception {
        var oldRoot = TestCertificates.root("Old root", Validity.OVER);
        var issuer = oldRoot.authority("Good issuer");
        assertThat(matched(chain(issuer.server(BASE), issuer, oldRoot), record(2, 0, 1, issuer))
                        .depth())
                .hasValue(1);
    }

    @Test
    void constraintsOfTheAnchorHold() throws Exception { // RFC 7671 §5.2.1
        var lowest = ROOT.lowestAuthority("Lowest");
        var below = lowest.authority("Below");
        var leaf = below.server(BASE);
        for (Tlsa anchor : List.of(record(2, 0, 1, lowest), record(2, 0, 0, lowest), record(2, 1, 1, lowest))) {
            assertThat(failure(chain(leaf, below, lowest), anchor).evidence()).contains("path length");
            assertThat(reason(chain(leaf, below, lowest), anchor)).isEqualTo(SubReason.CHAIN_INVALID);
            assertThat(matched(chain(lowest.server(BASE), lowest), anchor).depth())
                    .hasValue(1);
        }
        assertThat(reason(chain(leaf, below), record(2, 0, 0, lowest))).isEqualTo(SubReason.CHAIN_INVALID);
    }

    @Test
    void serverCertificateIsNoAuthority() throws Exception { // RFC 5280 §4.2.1.9
        var issuedByServer = LEAF.server(BASE);
        assertThat(reason(chain(issuedByServer, LEAF, ISSUER), record(2, 0, 1, LEAF)))
                .isEqualTo(SubReason.CHAIN_INVALID);
        assertThat(reason(chain(issuedByServer, LEAF, ISSUER), record(2, 0, 1, ISSUER)))
                .isEqualTo(SubReason.CHAIN_INVALID);
    }

    @Test
    void anchorInARecordThatIssuedNothingHereIsNotInTheChainWhateverTheDates() throws Exception {
        var expired = ISSUER.server(Validity.OVER, BASE);
        assertThat(reason(chain(expired, ISSUER), record(2, 0, 0, STRANGER))).isEqualTo(SubReason.TA_NOT_IN_CHAIN);
        assertThat(reason(chain(expired, ISSUER), record(2, 1, 0, STRANGER))).isEqualTo(SubReason.TA_NOT_IN_CHAIN);
        assertThat(failure(chain(expired, ISSUER), record(2, 1, 0, ROOT)))
                .isInstanceOf(DeliveryFailure.DaneCertificateExpired.class);
    }

    @Test
    void nameCountsWhereverTheAnchorStands() throws Exception { // C10; RFC 7672 §3.2.2
        var other = ISSUER.server("other.test");
        for (Tlsa anchor : List.of(record(2, 1, 1, ISSUER), record(2, 0, 0, ROOT), record(2, 1, 0, ROOT))) {
            assertThat(failure(chain(other, ISSUER), anchor)).isInstanceOf(DeliveryFailure.DaneNameMismatch.class);
        }
    }

    @Test
    void commonNameDoesNotCountBesideDnsNames() throws Exception { // RFC 7672 §3.2.3
        var elsewhere = ISSUER.serverByCommonName(BASE, "other.test");
        assertThat(failure(chain(elsewhere, ISSUER), record(2, 0, 1, ISSUER)))
                .isEqualTo(new DeliveryFailure.DaneNameMismatch(
                        name(BASE), List.of(name(BASE), name("example.com")), List.of("other.test")));
    }

    @Test
    void wildcardStandsForOneLabelOfAReferenceName() throws Exception { // RFC 7672 §3.2.3; pitfall 18
        assertThat(matched(chain(ISSUER.server("*.example.com"), ISSUER), record(2, 0, 1, ISSUER))
                        .depth())
                .hasValue(1);
        for (String bad : List.of("*.com", "m*.example.com", "*.mx.example.com", "*", "*.*.com")) {
            assertThat(failure(chain(ISSUER.server(bad), ISSUER), record(2, 0, 1, ISSUER)))
                    .as(bad)
                    .isInstanceOf(DeliveryFailure.DaneNameMismatch.class);
        }
    }

    private static DaneMatch match(List<X509Certificate> chain, Tlsa record) {
        var records = List.of(record);
        var demand = new DaneDemand.Authenticate(
                name(BASE), records, records, List.of(name(BASE), name("example.com")), true);
        return DaneMatcher.match(demand, chain, NOW);
    }

    private static DaneMatch.Matched matched(List<X509Certificate> chain, Tlsa record) {
        return (DaneMatch.Matched) match(chain, record);
    }

    private static DeliveryFailure failure(List<X509Certificate> chain, Tlsa record) {
        return ((DaneMatch.Failed) match(chain, record)).failure();
    }

    private static SubReason reason(List<X509Certificate> chain, Tlsa record) {
        return failure(chain, record).subReason();
    }
}
