// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.policy.Answers.INSECURE;
import static org.gatepost.policy.Answers.SECURE;
import static org.gatepost.policy.Answers.address;
import static org.gatepost.policy.Answers.denied;
import static org.gatepost.policy.Answers.mx;
import static org.gatepost.policy.Answers.name;
import static org.gatepost.policy.Answers.servfail;
import static org.gatepost.policy.TestCertificates.NOW;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.dns.RecordType;
import org.gatepost.policy.OutcomeRow.NextStep;
import org.gatepost.policy.TestCertificates.Validity;
import org.gatepost.policy.TransportVerdict.Protection;
import org.gatepost.tls.HandshakeFacts;
import org.gatepost.tls.TrustStore;
import org.gatepost.tlsrpt.PolicyType;
import org.gatepost.tlsrpt.ResultType;
import org.junit.jupiter.api.Test;

/// What REQUIRETLS makes of both steps of the decision (RFC 8689 §4.2.1).
final class SenderDemandTest {
    private static final String DOMAIN = "example.com";
    private static final String HOST = "mx1.example.com";
    private static final TestCertificates ROOT = TestCertificates.root("Root");
    private static final TestCertificates LEAF = ROOT.server(HOST);
    private static final TrustStore TRUST = TrustStore.of(List.of(ROOT.certificate()));
    private static final Answer<RecordData.Mx> SIGNED = mx(DOMAIN, SECURE, HOST);
    private static final Answer<RecordData.Mx> UNSIGNED = mx(DOMAIN, INSECURE, HOST);
    private static final StsFacts NO_STS = new StsFacts.NoPolicy("no record", Optional.empty());
    private static final StsDemand NO_DEMAND = new StsDemand.Nothing("no record");
    private static final DaneDemand NO_DANE = new DaneDemand.Nothing(DaneDemand.Why.NO_TLSA_RECORDS);

    @Test
    void signedMxRecordsProveTheName() {
        assertThat(tried(SIGNED, NO_STS).sender()).isEqualTo(SenderDemand.REQUIRE_TLS);
        assertThat(tried(denied(DOMAIN, RecordType.MX, SECURE), NO_STS).demandsNothing())
                .isFalse();
    }

    @Test
    void aHostOfTheDomainsOwnNameNeedsNoOtherProof() {
        var host = new HostFacts(
                name(DOMAIN),
                0,
                address(DOMAIN, INSECURE, "192.0.2.1"),
                denied(DOMAIN, RecordType.AAAA, INSECURE),
                Optional.empty(),
                List.of());
        var facts = new DestinationFacts(
                name(DOMAIN), denied(DOMAIN, RecordType.MX, INSECURE), List.of(host), NO_STS, true);
        assertThat(TransportPolicy.decide(facts, SenderDemand.REQUIRE_TLS))
                .isInstanceOf(DestinationDecision.Proceed.class);
    }

    @Test
    void anMtaStsPolicyThatListsTheHostProvesTheName() {
        for (var mode : List.of(StsPolicy.Mode.ENFORCE, StsPolicy.Mode.TESTING)) {
            assertThat(tried(UNSIGNED, policy(mode, HOST)).demandsNothing()).isFalse();
        }
    }

    @Test
    void whereNothingProvesTheNameTheMessageIsReturnedAtOnce() {
        for (StsFacts sts : List.of(NO_STS, policy(StsPolicy.Mode.NONE, HOST))) {
            DeliveryFailure failure = stopped(UNSIGNED, sts);
            assertThat(failure.subReason()).isEqualTo(SubReason.REQUIRETLS_NOT_AUTHENTICATED);
            assertThat(OutcomeTable.permanent(failure)).hasToString("550 5.7.30 REQUIRETLS support required");
            assertThat(OutcomeTable.row(failure).nextStep()).isEqualTo(NextStep.RETURN_AT_ONCE);
        }
    }

    /// Whether the domain has a policy is not known then.
    @Test
    void whereOurOperatorSwitchedMtaStsOffItIsHisToMend() {
        DeliveryFailure failure = stopped(UNSIGNED, new StsFacts.SwitchedOff());
        assertThat(failure.subReason()).isEqualTo(SubReason.REQUIRETLS_MTA_STS_SWITCHED_OFF);
        assertThat(OutcomeTable.row(failure).owner()).isEqualTo(OutcomeRow.Owner.GATEWAY_OPERATOR);
        assertThat(OutcomeTable.row(failure).nextStep()).isEqualTo(NextStep.RETRY);
    }

    @Test
    void whatMayPassIsNeverFinal() {
        var trouble = new DnsFailure(DnsFailure.Reason.TIMED_OUT, "no answer");
        for (DeliveryFailure failure : List.of(
                stopped(UNSIGNED, new StsFacts.LookupFailed(trouble, true)),
                stopped(UNSIGNED, new StsFacts.LookupFailed(trouble, false)),
                stopped(
                        UNSIGNED,
                        new StsFacts.NoPolicy("fetch failed", Optional.of(ResultType.STS_POLICY_FETCH_ERROR))),
                stopped(UNSIGNED, new StsFacts.SwitchedOff()),
                stopped(UNSIGNED, policy(StsPolicy.Mode.TESTING, "other.example.com")),
                stopped(UNSIGNED, policy(StsPolicy.Mode.ENFORCE, "other.example.com")),
                stopped(servfail(DOMAIN, RecordType.MX), NO_STS))) {
            assertThat(OutcomeTable.row(failure).nextStep())
                    .as(failure.toString())
                    .isEqualTo(NextStep.RETRY);
        }
    }

    @Test
    void reportsAboutSuchMailNeedTheSameProof() { // RFC 8689 §5
        var decision = TransportPolicy.decide(facts(UNSIGNED, NO_STS), SenderDemand.AUTHENTICATED_TLS);
        assertThat(decision).isInstanceOf(DestinationDecision.Stop.class);
    }

    @Test
    void withoutDemandNothingChanges() {
        assertThat(TransportPolicy.decide(facts(UNSIGNED, NO_STS))).isInstanceOf(DestinationDecision.Proceed.class);
        assertThat(judge(SenderDemand.NOTHING, NO_DANE, NO_DEMAND, new TlsObservation.NotOffered())
                        .refusal())
                .isEmpty();
    }

    @Test
    void theCertificateMustBeTrustedAndNameTheHost() {
        TransportVerdict verdict = judge(LEAF, ROOT);
        assertThat(verdict.refusal()).isEmpty();
        assertThat(verdict.protection()).isEqualTo(Protection.CERTIFICATE);
        assertThat(judge(ROOT.server("other.example.com"), ROOT)
                        .refusal()
                        .orElseThrow()
                        .subReason())
                .isEqualTo(SubReason.NAME_MISMATCH);
        assertThat(judge(ROOT.server(Validity.OVER, HOST), ROOT)
                        .refusal()
                        .orElseThrow()
                        .subReason())
                .isEqualTo(SubReason.EXPIRED);
        TransportVerdict foreign = judge(TestCertificates.selfSignedServer(Validity.CURRENT, HOST));
        assertThat(foreign.refusal().orElseThrow().subReason()).isEqualTo(SubReason.UNTRUSTED_ISSUER);
        assertThat(foreign.protection()).isEqualTo(Protection.TLS);
    }

    @Test
    void withoutTlsNothingGoesAndItIsTriedAgain() {
        for (TlsObservation seen : List.of(
                new TlsObservation.NotOffered(),
                new TlsObservation.Refused(454, "later"),
                new TlsObservation.HandshakeFailed(Optional.empty(), "alert 40"),
                new TlsObservation.HandshakeFailed(Optional.of("TLSv1.1"), "protocol_version"),
                shown("TLSv1.1", LEAF, ROOT))) {
            for (var demand : List.of(SenderDemand.REQUIRE_TLS, SenderDemand.AUTHENTICATED_TLS)) {
                DeliveryFailure failure =
                        judge(demand, NO_DANE, NO_DEMAND, seen).refusal().orElseThrow();
                assertThat(OutcomeTable.temporary(failure)).hasToString("450 4.7.10 Encryption needed");
                assertThat(OutcomeTable.row(failure).nextStep()).isEqualTo(NextStep.RETRY);
            }
        }
    }

    @Test
    void daneAuthenticatesInPlaceOfAnAuthorityAndUnusableRecordsDoNot() throws Exception {
        TestCertificates own = TestCertificates.selfSignedServer(Validity.CURRENT, "anything.example");
        List<Tlsa> records = List.of(DaneMatcherTest.record(3, 1, 1, own));
        var authenticate = new DaneDemand.Authenticate(name(HOST), records, records, List.of(name(HOST)), true);
        TlsObservation seen = shown("TLSv1.3", own);
        assertThat(judge(SenderDemand.REQUIRE_TLS, authenticate, NO_DEMAND, seen)
                        .refusal())
                .isEmpty();
        var encrypt = new DaneDemand.EncryptOnly(name(HOST), records, true);
        assertThat(judge(SenderDemand.REQUIRE_TLS, encrypt, NO_DEMAND, seen).refusal())
                .isPresent();
    }

    @Test
    void tlsReportsCountWhatTheDomainAskedForOnly() {
        TransportVerdict verdict = judge(TestCertificates.selfSignedServer(Validity.CURRENT, HOST));
        assertThat(verdict.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.type()).isEqualTo(PolicyType.NO_POLICY_FOUND);
            assertThat(finding.failure()).isEmpty();
        });
    }

    private static TransportVerdict judge(TestCertificates... chain) {
        return judge(SenderDemand.REQUIRE_TLS, NO_DANE, NO_DEMAND, shown("TLSv1.3", chain));
    }

    private static TransportVerdict judge(SenderDemand sender, DaneDemand dane, StsDemand sts, TlsObservation seen) {
        var host = new HostDecision.Try(
                host(),
                List.of(InetAddress.ofLiteral("192.0.2.1")),
                dane,
                sts,
                OperatorDemand.USUAL,
                Optional.empty(),
                sender);
        return TransportPolicy.judge(host, seen, TRUST, NOW);
    }

    private static TlsObservation shown(String version, TestCertificates... chain) {
        return new TlsObservation.Established(
                new HandshakeFacts(version, "TLS_AES_128_GCM_SHA256", DaneMatcherTest.chain(chain)));
    }

    private static StsFacts policy(StsPolicy.Mode mode, String listed) {
        return new StsFacts.InForce(
                new StsPolicy(mode, Duration.ofDays(1), List.of(new MxPattern(false, name(listed)))),
                "1",
                "version: STSv1",
                StsFacts.Source.CACHED,
                NOW.plusSeconds(60),
                "");
    }

    private static HostFacts host() {
        return new HostFacts(
                name(HOST),
                10,
                address(HOST, INSECURE, "192.0.2.1"),
                denied(HOST, RecordType.AAAA, INSECURE),
                Optional.empty(),
                List.of());
    }

    private static DestinationFacts facts(Answer<RecordData.Mx> mx, StsFacts sts) {
        return new DestinationFacts(
                name(DOMAIN), mx, mx instanceof Answer.Failed<RecordData.Mx> ? List.of() : List.of(host()), sts, true);
    }

    private static HostDecision.Try tried(Answer<RecordData.Mx> mx, StsFacts sts) {
        var decision = (DestinationDecision.Proceed) TransportPolicy.decide(facts(mx, sts), SenderDemand.REQUIRE_TLS);
        return (HostDecision.Try) decision.hosts().getFirst();
    }

    private static DeliveryFailure stopped(Answer<RecordData.Mx> mx, StsFacts sts) {
        return ((DestinationDecision.Stop) TransportPolicy.decide(facts(mx, sts), SenderDemand.REQUIRE_TLS)).failure();
    }
}
