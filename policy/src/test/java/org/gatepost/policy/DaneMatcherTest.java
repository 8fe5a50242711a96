// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.policy.Answers.name;
import static org.gatepost.policy.TestCertificates.NOW;

import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.policy.TestCertificates.Validity;
import org.junit.jupiter.api.Test;

/// RFC 7672 §3, RFC 7671 §5 and §9, RFC 6698 §2 and §4.1.
final class DaneMatcherTest {
    private static final String BASE = "mx.example.com";
    private static final TestCertificates ROOT = TestCertificates.root("Root");
    private static final TestCertificates ISSUER = ROOT.authority("Issuer");
    private static final TestCertificates LEAF = ISSUER.server(BASE);
    private static final TestCertificates STRANGER = TestCertificates.root("Stranger");
    private static final List<X509Certificate> CHAIN = chain(LEAF, ISSUER, ROOT);

    @Test
    void everyFormOfDaneEeMatchesTheLeaf() throws Exception {
        for (int selector = 0; selector <= 1; selector++) {
            for (int matching = 0; matching <= 2; matching++) {
                Tlsa record = record(3, selector, matching, LEAF);
                assertThat(matched(CHAIN, record).depth()).as(record.toString()).isEqualTo(OptionalInt.of(0));
            }
        }
    }

    @Test
    void daneEeLooksAtNeitherNameNorDatesNorIssuer() throws Exception { // pitfall 9; RFC 7672 §3.1.1
        var expired = TestCertificates.selfSignedServer(Validity.OVER, "other.test");
        assertThat(matched(chain(expired), record(3, 1, 1, expired)).evidence())
                .contains("TLSA 3 1 1 ", "matches certificate 0", "CN=other.test");
        var early = TestCertificates.selfSignedServer(Validity.TO_COME, "other.test");
        assertThat(matched(chain(early), record(3, 0, 2, early)).depth()).hasValue(0);
    }

    @Test
    void daneEeMatchesTheLeafOnly() throws Exception {
        assertThat(reason(CHAIN, record(3, 1, 1, ISSUER))).isEqualTo(SubReason.EE_KEY_MISMATCH);
        assertThat(reason(CHAIN, record(3, 0, 1, ISSUER))).isEqualTo(SubReason.EE_CERTIFICATE_MISMATCH);
    }

    @Test
    void everyFormOfDaneTaMatchesIssuersInTheChain() throws Exception { // RFC 7672 §3.1.2; pitfall 9: no WebPKI root
        for (int selector = 0; selector <= 1; selector++) {
            for (int matching = 0; matching <= 2; matching++) {
                assertThat(matched(CHAIN, record(2, selector, matching, ISSUER)).depth())
                        .hasValue(1);
                assertThat(matched(CHAIN, record(2, selector, matching, ROOT)).depth())
                        .hasValue(2);
            }
        }
    }

    @Test
    void leafIsNoTrustAnchor() throws Exception { // as OpenSSL: DANE-TA records are matched from depth 1 on
        for (int matching = 0; matching <= 2; matching++) {
            assertThat(reason(CHAIN, record(2, 1, matching, LEAF))).isEqualTo(SubReason.TA_NOT_IN_CHAIN);
            assertThat(reason(CHAIN, record(2, 0, matching, LEAF))).isEqualTo(SubReason.TA_NOT_IN_CHAIN);
        }
    }

    @Test
    void anchorGivenInFullNeedNotBeSent() throws Exception { // pitfall 10; RFC 7671 §5.2
        assertThat(matched(chain(LEAF, ISSUER), record(2, 0, 0, ROOT)).depth()).isEmpty();
        assertThat(matched(chain(LEAF, ISSUER), record(2, 1, 0, ROOT)).depth()).isEmpty();
        assertThat(matched(chain(LEAF), record(2, 1, 0, ISSUER)).evidence()).contains("itself holds the trust anchor");
    }

    @Test
    void digestOfAnAnchorThatIsNotSentDoesNotMatch() throws Exception { // pitfall 10
        assertThat(reason(chain(LEAF, ISSUER), record(2, 0, 1, ROOT))).isEqualTo(SubReason.TA_NOT_IN_CHAIN);
        assertThat(reason(chain(LEAF), record(2, 1, 0, STRANGER))).isEqualTo(SubReason.TA_NOT_IN_CHAIN);
        assertThat(reason(chain(LEAF), record(2, 0, 0, STRANGER))).isEqualTo(SubReason.TA_NOT_IN_CHAIN);
    }

    @Test
    void sentAnchorThatDidNotIssueTheLeafIsABrokenChain() throws Exception {
        assertThat(reason(chain(LEAF, STRANGER), record(2, 0, 1, STRANGER))).isEqualTo(SubReason.CHAIN_INVALID);
    }

    @Test
    void datesCountUnderDaneTa() throws Exception { // C7, C8 not-yet-valid
        var expired = ISSUER.server(Validity.OVER, BASE);
        assertThat(failure(chain(expired, ISSUER), record(2, 0, 1, ISSUER)))
                .isInstanceOf(DeliveryFailure.DaneCertificateExpired.class);
        var early = ISSUER.server(Validity.TO_COME, BASE);
        assertThat(failure(chain(early, ISSUER), record(2, 0, 1, ISSUER)))
                .isInstanceOf(DeliveryFailure.DaneMismatch.class)
                .extracting(DeliveryFailure::subReason)
                .isEqualTo(SubReason.NOT_YET_VALID);
        var oldRoot = TestCertificates.root("Old", Validity.OVER);
        assertThat(failure(chain(oldRoot.server(BASE), oldRoot), record(2, 0, 1, oldRoot)))
                .isInstanceOf(DeliveryFailure.DaneCertificateExpired.class);
    }

    @Test
    void nameCountsUnderDaneTa() throws Exception { // C10; RFC 7672 §3.2.2
        var other = ISSUER.server("other.test", "more.test");
        assertThat(failure(chain(other, ISSUER), record(2, 0, 1, ISSUER)))
                .isEqualTo(new DeliveryFailure.DaneNameMismatch(
                        name(BASE), List.of(name(BASE), name("example.com")), List.of("other.test", "more.test")));
    }

    @Test
    void anyReferenceNameWillDoWildcardsIncluded() throws Exception { // RFC 7672 §3.2.2, §3.2.3
        for (String good : List.of("example.com", "*.example.com", "MX.example.com")) {
            assertThat(matched(chain(ISSUER.server(good), ISSUER), record(2, 0, 1, ISSUER))
                            .depth())
                    .hasValue(1);
        }
    }

    @Test
    void commonNameCountsOnlyWithoutDnsNames() throws Exception { // RFC 7672 §3.2.3
        assertThat(matched(chain(ISSUER.serverByCommonName(BASE), ISSUER), record(2, 0, 1, ISSUER))
                        .depth())
                .hasValue(1);
    }

    @Test
    void commonNameIsNoWayAroundNameConstraints() throws Exception { // RFC 5280 §4.2.1.10
        var elsewhere = ISSUER.confinedAuthority("Confined", "other.test");
        var here = ISSUER.confinedAuthority("Confined", "example.com");
        var named = elsewhere.serverByCommonName(BASE);
        for (int matching = 0; matching <= 1; matching++) {
            assertThat(reason(chain(named, elsewhere), record(2, 0, matching, elsewhere)))
                    .isEqualTo(SubReason.CHAIN_INVALID);
            assertThat(reason(chain(named, elsewhere, ISSUER), record(2, 0, matching, ISSUER)))
                    .isEqualTo(SubReason.CHAIN_INVALID);
            assertThat(matched(chain(here.serverByCommonName(BASE), here), record(2, 0, matching, here))
                            .depth())
                    .hasValue(1);
        }
        assertThat(reason(chain(named), record(2, 0, 0, elsewhere))).isEqualTo(SubReason.CHAIN_INVALID);
    }

    @Test
    void oneMatchingRecordIsEnoughWhicheverItIs() throws Exception { // pitfall 9: alternatives
        Tlsa wrong = record(3, 1, 1, ROOT);
        Tlsa right = record(2, 0, 1, ISSUER);
        assertThat(matched(CHAIN, wrong, right).record()).isEqualTo(right);
        assertThat(matched(CHAIN, right, wrong).record()).isEqualTo(right);
    }

    @Test
    void mostTellingFailureIsReported() throws Exception {
        var expired = ISSUER.server(Validity.OVER, BASE);
        assertThat(failure(chain(expired, ISSUER), record(3, 1, 1, ROOT), record(2, 0, 1, ISSUER)))
                .isInstanceOf(DeliveryFailure.DaneCertificateExpired.class);
        assertThat(reason(CHAIN, record(2, 0, 1, STRANGER), record(3, 1, 1, STRANGER)))
                .isEqualTo(SubReason.EE_KEY_MISMATCH);
    }

    @Test
    void failureShowsWhatWasWantedAndWhatWasSent() throws Exception {
        Tlsa wanted = record(3, 1, 1, ROOT);
        assertThat(failure(CHAIN, wanted).evidence())
                .contains(wanted.toString())
                .contains("key SHA-256 " + record(3, 1, 1, LEAF).associationData());
    }

    @Test
    void strongestDigestWinsWithinUsageAndSelector() throws Exception { // RFC 7671 §9
        Tlsa weakRight = record(3, 1, 1, LEAF);
        assertThat(reason(CHAIN, weakRight, record(3, 1, 2, ROOT))).isEqualTo(SubReason.EE_KEY_MISMATCH);
        assertThat(matched(CHAIN, weakRight, record(3, 0, 2, ROOT)).record()).isEqualTo(weakRight);
        assertThat(matched(CHAIN, weakRight, record(2, 1, 2, STRANGER)).record())
                .isEqualTo(weakRight);
        Tlsa full = record(3, 1, 0, LEAF);
        assertThat(matched(CHAIN, full, record(3, 1, 2, ROOT)).record()).isEqualTo(full);
    }

    @Test
    void onlyKnownAndWellFormedRecordsAreUsable() throws Exception { // RFC 7672 §3.1, RFC 6698 §4.1
        List<Tlsa> good = new ArrayList<>();
        for (int usage = 2; usage <= 3; usage++) {
            for (int selector = 0; selector <= 1; selector++) {
                for (int matching = 0; matching <= 2; matching++) {
                    good.add(record(usage, selector, matching, ROOT));
                }
            }
        }
        assertThat(DaneMatcher.usable(good)).isEqualTo(good);
        String digest = "ab".repeat(32);
        String certificate = record(3, 0, 0, ROOT).associationData();
        List<Tlsa> bad = List.of(
                new Tlsa(0, 1, 1, digest),
                new Tlsa(1, 1, 1, digest),
                new Tlsa(4, 1, 1, digest),
                new Tlsa(255, 1, 1, digest),
                new Tlsa(3, 2, 1, digest),
                new Tlsa(3, 1, 3, digest),
                new Tlsa(3, 1, 2, digest),
                new Tlsa(3, 1, 1, digest + "00"),
                new Tlsa(3, 1, 1, ""),
                new Tlsa(3, 0, 0, digest),
                new Tlsa(3, 1, 0, certificate),
                new Tlsa(3, 0, 0, certificate + "00"),
                new Tlsa(2, 0, 0, certificate.substring(0, certificate.length() - 2)),
                new Tlsa(2, 0, 0, record(3, 1, 0, ROOT).associationData()),
                new Tlsa(2, 1, 0, "300a300506032a030403" + "020100"),
                new Tlsa(3, 1, 0, ""));
        assertThat(DaneMatcher.usable(bad)).isEmpty();
    }

    @Test
    void hostileRecordDataNeverThrows() throws Exception { // seeded
        byte[] good = HexFormat.of().parseHex(record(2, 0, 0, ROOT).associationData());
        var random = new java.util.Random(7);
        for (int i = 0; i < 2_000; i++) {
            byte[] octets = good.clone();
            for (int k = 0; k < 3; k++) {
                octets[random.nextInt(octets.length)] = (byte) random.nextInt(256);
            }
            var record = new Tlsa(2, random.nextInt(2), 0, HexFormat.of().formatHex(octets));
            if (!DaneMatcher.usable(List.of(record)).isEmpty()) {
                assertThat(DaneMatcher.match(demand(List.of(record)), CHAIN, NOW))
                        .isNotNull();
            }
        }
    }

    @Test
    void workOverAnchorsInRecordsIsBounded() throws Exception {
        Tlsa stranger = record(2, 1, 0, STRANGER);
        Tlsa right = record(2, 1, 0, ROOT);
        List<Tlsa> few = new ArrayList<>(Collections.nCopies(DaneMatcher.MOST_ANCHORS_IN_RECORDS - 1, stranger));
        few.add(right);
        assertThat(DaneMatcher.match(demand(few), chain(LEAF, ISSUER), NOW)).isInstanceOf(DaneMatch.Matched.class);
        few.addFirst(stranger);
        assertThat(DaneMatcher.match(demand(few), chain(LEAF, ISSUER), NOW)).isInstanceOf(DaneMatch.Failed.class);
    }

    static Tlsa record(int usage, int selector, int matching, TestCertificates of) throws Exception {
        return record(usage, selector, matching, of.certificate());
    }

    private static Tlsa record(int usage, int selector, int matching, X509Certificate of) throws Exception {
        byte[] data = selector == 0 ? of.getEncoded() : of.getPublicKey().getEncoded();
        byte[] octets = switch (matching) {
            case 0 -> data;
            case 1 -> MessageDigest.getInstance("SHA-256").digest(data);
            default -> MessageDigest.getInstance("SHA-512").digest(data);
        };
        return new Tlsa(usage, selector, matching, HexFormat.of().formatHex(octets));
    }

    /// The six records that name this certificate under one usage.
    static List<Tlsa> forms(int usage, X509Certificate of) throws Exception {
        var forms = new ArrayList<Tlsa>();
        for (int selector = 0; selector <= 1; selector++) {
            for (int matching = 0; matching <= 2; matching++) {
                forms.add(record(usage, selector, matching, of));
            }
        }
        return forms;
    }

    static List<X509Certificate> chain(TestCertificates... certificates) {
        return Stream.of(certificates).map(TestCertificates::certificate).toList();
    }

    private static DaneDemand.Authenticate demand(List<Tlsa> records) {
        return new DaneDemand.Authenticate(
                name(BASE), records, records, List.of(name(BASE), name("example.com")), true);
    }

    private static DaneMatch.Matched matched(List<X509Certificate> chain, Tlsa... records) {
        return (DaneMatch.Matched) DaneMatcher.match(demand(List.of(records)), chain, NOW);
    }

    private static DeliveryFailure failure(List<X509Certificate> chain, Tlsa... records) {
        return ((DaneMatch.Failed) DaneMatcher.match(demand(List.of(records)), chain, NOW)).failure();
    }

    private static SubReason reason(List<X509Certificate> chain, Tlsa... records) {
        return failure(chain, records).subReason();
    }
}
