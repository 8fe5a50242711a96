// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.policy.Answers.INSECURE;
import static org.gatepost.policy.Answers.name;
import static org.gatepost.policy.TestCertificates.NOW;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.dns.RecordType;
import org.gatepost.policy.TestCertificates.Validity;
import org.gatepost.policy.TransportVerdict.Protection;
import org.gatepost.tls.HandshakeFacts;
import org.gatepost.tls.TrustStore;
import org.gatepost.tlsrpt.PolicyType;
import org.junit.jupiter.api.Test;

/// [TransportPolicy#judge]: C1 to C8 and C10, RFC 7672 §2.2 and §3, RFC 8461 §4.2 and §5.
final class TransportVerdictTest {
    private static final String HOST = "mx1.example.com";
    private static final String DOMAIN = "example.com";
    private static final TestCertificates ROOT = TestCertificates.root("Root");
    private static final TestCertificates LEAF = ROOT.server(HOST);
    private static final TrustStore TRUST = TrustStore.of(List.of(ROOT.certificate()));
    private static final StsPolicy POLICY =
            new StsPolicy(StsPolicy.Mode.ENFORCE, Duration.ofDays(1), List.of(new MxPattern(false, name(HOST))));
    private static final StsDemand ENFORCE = new StsDemand.Enforce(name(DOMAIN), POLICY);
    private static final StsDemand TESTING = new StsDemand.Testing(name(DOMAIN), POLICY, true);
    private static final StsDemand NO_STS = new StsDemand.Nothing("no record");
    private static final DaneDemand NO_DANE = new DaneDemand.Nothing(DaneDemand.Why.NO_TLSA_RECORDS);
    private static final DaneDemand ENCRYPT =
            new DaneDemand.EncryptOnly(name(HOST), List.of(new Tlsa(1, 1, 1, "00".repeat(32))), true);
    private static final TlsObservation NOT_OFFERED = new TlsObservation.NotOffered();
    private static final TlsObservation REFUSED = new TlsObservation.Refused(454, "not now\r\nX");
    private static final TlsObservation BROKEN = new TlsObservation.HandshakeFailed(Optional.empty(), "alert 40");
    private static final TlsObservation OLD =
            new TlsObservation.HandshakeFailed(Optional.of("TLSv1.1"), "protocol_version");
    private static final TlsObservation GOOD = shown("TLSv1.3", LEAF, ROOT);

    @Test
    void nothingDemandedIsReportedAsNoPolicyAndRefusesNothing() { // O3; RFC 8460 §4.4
        for (var seen : List.of(NOT_OFFERED, REFUSED, BROKEN, OLD, GOOD)) {
            TransportVerdict verdict = judge(NO_DANE, NO_STS, seen);
            assertThat(verdict.refusal()).isEmpty();
            assertThat(verdict.findings()).singleElement().satisfies(finding -> {
                assertThat(finding.type()).isEqualTo(PolicyType.NO_POLICY_FOUND);
                assertThat(finding.enforced()).isFalse();
                assertThat(finding.failure()).isEmpty();
                assertThat(finding.evidence()).isNotBlank().doesNotContain("\n");
            });
            assertThat(verdict.protection()).isEqualTo(seen.equals(GOOD) ? Protection.TLS : Protection.NONE);
        }
    }

    @Test
    void enforcedStsNeedsStartTls() { // C1
        assertThat(refusal(NO_DANE, ENFORCE, NOT_OFFERED))
                .isInstanceOf(DeliveryFailure.StsStartTlsMissing.class)
                .extracting(DeliveryFailure::subReason)
                .isEqualTo(SubReason.STARTTLS_NOT_OFFERED);
        DeliveryFailure refused = refusal(NO_DANE, ENFORCE, REFUSED);
        assertThat(refused.subReason()).isEqualTo(SubReason.STARTTLS_REFUSED);
        assertThat(refused.evidence()).contains("454 not now").doesNotContain("\n");
    }

    @Test
    void enforcedStsNeedsTls12() { // C2; RFC 8461 §4.2, RFC 8996
        assertThat(OutcomeTable.permanent(refusal(NO_DANE, ENFORCE, OLD)).line())
                .isEqualTo("551 5.7.6 MTA-STS requires TLS 1.2 or higher. TLS Version: TLSv1.1");
        for (String version : List.of("TLSv1.1", "TLSv1", "SSLv3")) {
            assertThat(refusal(NO_DANE, ENFORCE, shown(version, LEAF, ROOT)))
                    .isInstanceOf(DeliveryFailure.StsTlsTooOld.class);
        }
        assertThat(judge(NO_DANE, ENFORCE, shown("TLSv1.2", LEAF, ROOT)).refusal())
                .isEmpty();
    }

    @Test
    void enforcedStsNeedsTheName() { // C4; RFC 8461 §4.2: no common name
        assertThat(refusal(NO_DANE, ENFORCE, shown(ROOT.server("other.test"))))
                .isEqualTo(new DeliveryFailure.StsNameMismatch(name(DOMAIN), name(HOST), List.of("other.test")));
        assertThat(refusal(NO_DANE, ENFORCE, shown(ROOT.serverByCommonName(HOST))))
                .isInstanceOf(DeliveryFailure.StsNameMismatch.class);
        assertThat(refusal(NO_DANE, ENFORCE, shown(ROOT.server(DOMAIN))))
                .isInstanceOf(DeliveryFailure.StsNameMismatch.class);
        assertThat(judge(NO_DANE, ENFORCE, shown(ROOT.server("*.example.com"))).refusal())
                .isEmpty();
    }

    @Test
    void enforcedStsNeedsATrustedCertificateWithinItsDates() { // C5
        assertThat(stsReason(ROOT.server(Validity.OVER, HOST))).isEqualTo(SubReason.EXPIRED);
        assertThat(stsReason(ROOT.server(Validity.TO_COME, HOST))).isEqualTo(SubReason.NOT_YET_VALID);
        assertThat(stsReason(TestCertificates.root("Stranger").server(HOST))).isEqualTo(SubReason.UNTRUSTED_ISSUER);
        assertThat(stsReason(TestCertificates.selfSignedServer(Validity.CURRENT, HOST)))
                .isEqualTo(SubReason.UNTRUSTED_ISSUER);
        assertThat(stsReason(LEAF.server(HOST), LEAF)).isEqualTo(SubReason.CHAIN_INVALID);
    }

    @Test
    void otherHandshakeFailureUnderStsIsC5() {
        assertThat(OutcomeTable.permanent(refusal(NO_DANE, ENFORCE, BROKEN)).line())
                .isEqualTo("551 5.7.5 Remote certificate failed MTA-STS validation. Reason: handshake-failed");
    }

    @Test
    void testingPolicyReportsAndNeverRefuses() { // pitfall 21; RFC 8461 §5
        for (var seen : List.of(NOT_OFFERED, REFUSED, BROKEN, OLD, shown(ROOT.server("other.test")))) {
            TransportVerdict verdict = judge(NO_DANE, TESTING, seen);
            assertThat(verdict.refusal()).isEmpty();
            assertThat(verdict.findings()).singleElement().satisfies(finding -> {
                assertThat(finding.type()).isEqualTo(PolicyType.STS);
                assertThat(finding.enforced()).isFalse();
                assertThat(finding.failure()).isPresent();
            });
        }
        var unlisted = new StsDemand.Testing(name(DOMAIN), POLICY, false);
        assertThat(judge(NO_DANE, unlisted, GOOD).findings().getFirst().failure())
                .get()
                .isInstanceOf(DeliveryFailure.StsMxNotListed.class);
        assertThat(judge(NO_DANE, TESTING, GOOD).protection()).isEqualTo(Protection.TLS);
    }

    @Test
    void daneNeedsTlsOfAVersionThatCounts() throws Exception { // C6; RFC 7672 §2.2
        for (DaneDemand dane : List.of(dane(3, LEAF), ENCRYPT)) {
            assertThat(refusal(dane, NO_STS, NOT_OFFERED).subReason()).isEqualTo(SubReason.STARTTLS_NOT_OFFERED);
            assertThat(refusal(dane, NO_STS, REFUSED).subReason()).isEqualTo(SubReason.STARTTLS_REFUSED);
            assertThat(refusal(dane, NO_STS, BROKEN).subReason()).isEqualTo(SubReason.HANDSHAKE_FAILED);
            assertThat(refusal(dane, NO_STS, OLD).subReason()).isEqualTo(SubReason.TLS_VERSION_TOO_OLD);
            DeliveryFailure old = refusal(dane, NO_STS, shown("TLSv1.1", LEAF, ROOT));
            assertThat(old).isInstanceOf(DeliveryFailure.DaneTlsMissing.class);
            assertThat(old.subReason()).isEqualTo(SubReason.TLS_VERSION_TOO_OLD);
        }
    }

    @Test
    void unusableRecordsNeedEncryptionOnly() { // RFC 7672 §2.2
        TransportVerdict verdict = judge(ENCRYPT, NO_STS, shown(TestCertificates.root("Any")));
        assertThat(verdict.refusal()).isEmpty();
        assertThat(verdict.protection()).isEqualTo(Protection.TLS);
        assertThat(verdict.findings().getFirst().type()).isEqualTo(PolicyType.TLSA);
    }

    @Test
    void daneOutcomesKeepTheirTypes() throws Exception { // C7, C8, C10; pitfall 31
        assertThat(refusal(dane(3, ROOT), NO_STS, GOOD)).isInstanceOf(DeliveryFailure.DaneMismatch.class);
        assertThat(refusal(dane(2, ROOT), NO_STS, shown(ROOT.server("other.test"), ROOT)))
                .isInstanceOf(DeliveryFailure.DaneNameMismatch.class);
        assertThat(refusal(dane(2, ROOT), NO_STS, shown(ROOT.server(Validity.OVER, HOST), ROOT)))
                .isInstanceOf(DeliveryFailure.DaneCertificateExpired.class);
        assertThat(judge(dane(2, ROOT), NO_STS, GOOD).protection()).isEqualTo(Protection.DANE);
    }

    @Test
    void expiredCertificatePassesUnderDaneEe() throws Exception { // pitfall 9; RFC 7672 §3.1.1
        var expired = ROOT.server(Validity.OVER, "other.test");
        assertThat(judge(dane(3, expired), NO_STS, shown(expired)).protection()).isEqualTo(Protection.DANE);
    }

    @Test
    void unsignedMxIsToldAsWeaker() throws Exception { // D2; pitfall 7
        var demand = (DaneDemand.Authenticate) dane(3, LEAF);
        var weaker = new DaneDemand.Authenticate(
                demand.base(), demand.usable(), demand.published(), demand.referenceNames(), false);
        TransportVerdict verdict = judge(weaker, NO_STS, GOOD);
        assertThat(verdict.refusal()).isEmpty();
        assertThat(verdict.protection()).isEqualTo(Protection.DANE_UNSIGNED_MX);
        assertThat(verdict.findings().getFirst().evidence()).endsWith("; the MX records are not signed");
        assertThat(judge(weaker, ENFORCE, GOOD).protection()).isEqualTo(Protection.DANE_AND_MTA_STS);
    }

    @Test
    void findingHoldsRecordAndPlaceOfTheMatch() throws Exception {
        var match =
                judge(dane(2, ROOT), NO_STS, GOOD).findings().getFirst().match().orElseThrow();
        assertThat(match.record()).isEqualTo(DaneMatcherTest.record(2, 1, 1, ROOT));
        assertThat(match.depth()).hasValue(1);
        assertThat(judge(dane(3, ROOT), NO_STS, GOOD).findings().getFirst().match())
                .isEmpty();
        assertThat(judge(NO_DANE, ENFORCE, GOOD).findings().getFirst().match()).isEmpty();
    }

    @Test
    void bothPoliciesMustPassAndBothAreReported() throws Exception { // O4; RFC 8461 §2, §5
        TransportVerdict both = judge(dane(3, LEAF), ENFORCE, GOOD);
        assertThat(both.refusal()).isEmpty();
        assertThat(both.protection()).isEqualTo(Protection.DANE_AND_MTA_STS);
        assertThat(both.findings())
                .extracting(TransportVerdict.PolicyFinding::type)
                .containsExactly(PolicyType.TLSA, PolicyType.STS);

        TransportVerdict daneFails = judge(dane(3, ROOT), ENFORCE, GOOD);
        assertThat(daneFails.refusal()).get().isInstanceOf(DeliveryFailure.DaneMismatch.class);
        assertThat(daneFails.findings().getLast().failure()).isEmpty();
        assertThat(daneFails.protection()).isEqualTo(Protection.TLS);

        var selfSigned = TestCertificates.selfSignedServer(Validity.CURRENT, HOST);
        TransportVerdict stsFails = judge(dane(3, selfSigned), ENFORCE, shown(selfSigned));
        assertThat(stsFails.refusal()).get().isInstanceOf(DeliveryFailure.StsCertificateInvalid.class);
        assertThat(stsFails.findings().getFirst().failure()).isEmpty();

        TransportVerdict bothFail = judge(dane(3, LEAF), ENFORCE, NOT_OFFERED);
        assertThat(bothFail.refusal()).get().isInstanceOf(DeliveryFailure.DaneTlsMissing.class);
        assertThat(bothFail.findings()).allMatch(finding -> finding.failure().isPresent());
        assertThat(bothFail.protection()).isEqualTo(Protection.NONE);
    }

    @Test
    void enforcedStsAloneProtects() {
        assertThat(judge(NO_DANE, ENFORCE, GOOD).protection()).isEqualTo(Protection.MTA_STS);
        assertThat(judge(ENCRYPT, ENFORCE, GOOD).protection()).isEqualTo(Protection.MTA_STS);
    }

    @Test
    void failingDaneIsNotExcusedByTestingSts() throws Exception {
        assertThat(judge(dane(3, ROOT), TESTING, GOOD).refusal()).isPresent();
        assertThat(judge(dane(3, LEAF), TESTING, GOOD).protection()).isEqualTo(Protection.DANE);
    }

    private static SubReason stsReason(TestCertificates... chain) {
        DeliveryFailure failure = refusal(NO_DANE, ENFORCE, shown("TLSv1.3", chain));
        assertThat(failure).isInstanceOf(DeliveryFailure.StsCertificateInvalid.class);
        return failure.subReason();
    }

    static DaneDemand dane(int usage, TestCertificates of) throws Exception {
        List<Tlsa> records = List.of(DaneMatcherTest.record(usage, 1, 1, of));
        return new DaneDemand.Authenticate(name(HOST), records, records, List.of(name(HOST)), true);
    }

    private static TlsObservation shown(TestCertificates... chain) {
        return shown("TLSv1.3", chain);
    }

    private static TlsObservation shown(String version, TestCertificates... chain) {
        return new TlsObservation.Established(
                new HandshakeFacts(version, "TLS_AES_128_GCM_SHA256", DaneMatcherTest.chain(chain)));
    }

    private static DeliveryFailure refusal(DaneDemand dane, StsDemand sts, TlsObservation seen) {
        return judge(dane, sts, seen).refusal().orElseThrow();
    }

    private static TransportVerdict judge(DaneDemand dane, StsDemand sts, TlsObservation seen) {
        var host = new HostFacts(
                name(HOST),
                10,
                Answers.address(HOST, INSECURE, "192.0.2.1"),
                Answers.denied(HOST, RecordType.AAAA, INSECURE),
                Optional.empty(),
                List.of());
        return TransportPolicy.judge(
                new HostDecision.Try(host, List.of(InetAddress.ofLiteral("192.0.2.1")), dane, sts), seen, TRUST, NOW);
    }
}
