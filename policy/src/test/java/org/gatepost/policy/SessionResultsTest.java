// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.policy.Answers.INSECURE;
import static org.gatepost.policy.Answers.SECURE;
import static org.gatepost.policy.Answers.name;
import static org.gatepost.policy.TestCertificates.NOW;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.gatepost.dns.Answer;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.dns.RecordType;
import org.gatepost.tls.HandshakeFacts;
import org.gatepost.tls.TrustStore;
import org.gatepost.tlsrpt.ResultType;
import org.gatepost.tlsrpt.SessionResult;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;
import org.junit.jupiter.api.Test;

/// What attempts mean for TLS reports: R1, O4, pitfalls 21 and 25; RFC 8460 §4.3 and §4.4. The surroundings are a
/// domain
/// with one host without any policy, of which each test changes one thing.
final class SessionResultsTest {
    private static final String DOMAIN = "example.com";
    private static final String HOST = "mx1.hosting.example";
    private static final TestCertificates ROOT = TestCertificates.root("Root");
    private static final TestCertificates LEAF = ROOT.server(HOST);
    private static final TrustStore TRUST = TrustStore.of(List.of(ROOT.certificate()));
    private static final TlsObservation NOT_OFFERED = new TlsObservation.NotOffered();
    private static final TlsObservation GOOD = new TlsObservation.Established(
            new HandshakeFacts("TLSv1.3", "TLS_AES_128_GCM_SHA256", DaneMatcherTest.chain(LEAF, ROOT)));
    private static final SessionEnds ENDS = new SessionEnds(
            InetAddress.ofLiteral("192.0.2.1"),
            Optional.of(InetAddress.ofLiteral("198.51.100.7")),
            Optional.of("helo.hosting.example"));
    private static final StsFacts NO_STS = new StsFacts.NoPolicy("no record", Optional.empty());

    private StsFacts sts = NO_STS;
    private Answer<Tlsa> tlsa = Answers.noTlsa(HOST, SECURE);

    private DestinationFacts facts() {
        var host = new HostFacts(
                name(HOST),
                10,
                Answers.address(HOST, SECURE, "192.0.2.1"),
                Answers.denied(HOST, RecordType.AAAA, SECURE),
                Optional.empty(),
                List.of(tlsa));
        return new DestinationFacts(name(DOMAIN), Answers.mx(DOMAIN, INSECURE, HOST), List.of(host), sts, true);
    }

    private List<SessionResult> results(TlsObservation seen) {
        DestinationFacts facts = facts();
        return switch (TransportPolicy.decide(facts)) {
            case DestinationDecision.Proceed proceed -> {
                var host = (HostDecision.Try) proceed.hosts().getFirst();
                TransportVerdict verdict = TransportPolicy.judge(host, seen, TRUST, NOW);
                yield SessionResults.of(facts, host, new SessionResults.Judged(NOW, ENDS, seen, verdict));
            }
            case DestinationDecision.Stop stop ->
                SessionResults.skipped(
                        facts, stop.hosts().stream().map(HostDecision::host).findFirst(), stop.failure(), NOW);
        };
    }

    private static StsFacts policy(String mode, String mx) {
        String text = "version: STSv1\nmode: " + mode + "\nmx: " + mx + "\nmax_age: 86400\n";
        var parsed = (ParsedStsPolicy.Accepted) StsPolicyParser.parse(text);
        return new StsFacts.InForce(parsed.policy(), "1", text, StsFacts.Source.CACHED, NOW.plusSeconds(1), "");
    }

    private static ReportedPolicy stsPolicy(String mode, String mx) {
        return new ReportedPolicy(
                "sts", List.of("version: STSv1", "mode: " + mode, "mx: " + mx, "max_age: 86400"), DOMAIN, List.of(mx));
    }

    private static Optional<ResultType> type(SessionResult result) {
        return result.failure().map(SessionResult.Failure::type);
    }

    @Test
    void withoutPolicyOneResultOfTypeNoPolicyFound() {
        assertThat(results(GOOD))
                .containsExactly(new SessionResult(
                        NOW,
                        name(DOMAIN),
                        new ReportedPolicy("no-policy-found", List.of(), DOMAIN, List.of()),
                        Optional.empty()));
    }

    @Test
    void withoutPolicyTheLackOfTlsIsAFailureAllTheSame() { // RFC 8460 §4.3.1
        SessionResult result = results(NOT_OFFERED).getFirst();
        assertThat(type(result)).contains(ResultType.STARTTLS_NOT_SUPPORTED);
        assertThat(result.failure().orElseThrow().session())
                .isEqualTo(new FailedSession(
                        Optional.of("198.51.100.7"),
                        Optional.of(HOST),
                        Optional.of("helo.hosting.example"),
                        Optional.of("192.0.2.1"),
                        Optional.empty(),
                        Optional.of("the server does not offer STARTTLS")));
        var broken = new TlsObservation.HandshakeFailed(Optional.empty(), "alert 40");
        assertThat(type(results(broken).getFirst())).contains(ResultType.VALIDATION_FAILURE);
    }

    @Test
    void stsResultQuotesThePolicyAndGoesToTheRecipientDomain() {
        for (String mode : List.of("enforce", "testing")) { // pitfall 21: testing is reported
            sts = policy(mode, HOST);
            assertThat(results(GOOD))
                    .containsExactly(new SessionResult(NOW, name(DOMAIN), stsPolicy(mode, HOST), Optional.empty()));
            assertThat(results(NOT_OFFERED)).singleElement().satisfies(result -> {
                assertThat(type(result)).contains(ResultType.STARTTLS_NOT_SUPPORTED);
                assertThat(result.failure()
                                .orElseThrow()
                                .session()
                                .failureReasonCode()
                                .orElseThrow())
                        .startsWith("starttls-not-offered: ");
            });
        }
    }

    @Test
    void hostThatThePolicyDoesNotListIsAFailedSession() { // C3
        sts = policy("enforce", "mx1.other.example");
        assertThat(results(GOOD)).singleElement().satisfies(result -> {
            assertThat(result.policy()).isEqualTo(stsPolicy("enforce", "mx1.other.example"));
            assertThat(type(result)).contains(ResultType.VALIDATION_FAILURE);
            FailedSession session = result.failure().orElseThrow().session();
            assertThat(session.receivingMxHostname()).contains(HOST);
            assertThat(session.receivingIp()).isEmpty();
        });
        sts = policy("testing", "mx1.other.example");
        assertThat(results(GOOD)).singleElement().satisfies(result -> {
            assertThat(type(result)).contains(ResultType.VALIDATION_FAILURE);
            assertThat(result.failure().orElseThrow().session().receivingIp()).contains("192.0.2.1");
        });
    }

    @Test
    void modeNoneIsNoPolicy() { // RFC 8461 §5
        sts = policy("none", HOST);
        assertThat(results(GOOD))
                .singleElement()
                .satisfies(result -> assertThat(result.policy().type()).isEqualTo("no-policy-found"));
    }

    @Test
    void daneResultGoesToTheRecipientDomainAndToTheBaseDomain() throws Exception { // pitfall 25; RFC 8460 §1.1
        Tlsa second = new Tlsa(3, 1, 1, "ab".repeat(32));
        Tlsa first = DaneMatcherTest.record(2, 0, 1, ROOT);
        tlsa = Answers.tlsa(HOST, SECURE, second, first);
        var policy = new ReportedPolicy("tlsa", List.of(first.toString(), second.toString()), HOST, List.of());
        assertThat(results(GOOD))
                .containsExactly(
                        new SessionResult(NOW, name(DOMAIN), policy, Optional.empty()),
                        new SessionResult(NOW, name(HOST), policy, Optional.empty()));
    }

    @Test
    void failingDaneNamesItsResultType() { // C8
        tlsa = Answers.tlsa(HOST, SECURE, new Tlsa(3, 1, 1, "ab".repeat(32)));
        assertThat(results(GOOD)).hasSize(2).allSatisfy(result -> {
            assertThat(type(result)).contains(ResultType.TLSA_INVALID);
            assertThat(result.failure()
                            .orElseThrow()
                            .session()
                            .failureReasonCode()
                            .orElseThrow())
                    .startsWith("ee-key-mismatch: ");
        });
    }

    @Test
    void bogusTlsaAnswerIsAFailedDaneSessionWithoutConnection() { // C9
        tlsa = Answers.bogus("_25._tcp." + HOST, RecordType.TLSA);
        assertThat(results(GOOD)).extracting(SessionResult::reportDomain).containsExactly(name(DOMAIN), name(HOST));
        assertThat(results(GOOD)).allSatisfy(result -> {
            assertThat(result.policy()).isEqualTo(new ReportedPolicy("tlsa", List.of(), HOST, List.of()));
            assertThat(type(result)).contains(ResultType.DNSSEC_INVALID);
        });
    }

    @Test
    void bothPoliciesAreReportedWhereBothAreJudged() { // O4
        tlsa = Answers.tlsa(HOST, SECURE, new Tlsa(3, 1, 1, "ab".repeat(32)));
        sts = policy("enforce", HOST);
        assertThat(results(GOOD))
                .extracting(result -> result.policy().type(), SessionResultsTest::type)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("tlsa", Optional.of(ResultType.TLSA_INVALID)),
                        org.assertj.core.groups.Tuple.tuple("tlsa", Optional.of(ResultType.TLSA_INVALID)),
                        org.assertj.core.groups.Tuple.tuple("sts", Optional.empty()));
    }

    @Test
    void policyThatCannotBeFetchedIsReportedInsteadOfNoPolicy() { // RFC 8460 §4.3.2.2
        sts = new StsFacts.NoPolicy("mta-sts.example.com: 404", Optional.of(ResultType.STS_POLICY_FETCH_ERROR));
        assertThat(results(GOOD)).singleElement().satisfies(result -> {
            assertThat(result.policy()).isEqualTo(new ReportedPolicy("sts", List.of(), DOMAIN, List.of()));
            assertThat(type(result)).contains(ResultType.STS_POLICY_FETCH_ERROR);
            assertThat(result.failure().orElseThrow().session().failureReasonCode())
                    .contains("mta-sts.example.com: 404");
        });
    }

    @Test
    void failuresThatHaveNothingToDoWithTlsAreNoSessions() {
        var refused =
                new DeliveryFailure.ConnectionFailed(HOST, SubReason.CONNECTION_REFUSED, "the connection was refused");
        assertThat(SessionResults.skipped(facts(), Optional.empty(), refused, NOW))
                .isEmpty();
    }

    @Test
    void bogusMxIsReportedToTheRecipientDomainAlone() { // C9
        Answer<RecordData.Mx> mx = Answers.bogus(DOMAIN, RecordType.MX);
        var facts = new DestinationFacts(name(DOMAIN), mx, List.of(), NO_STS, true);
        var stop = (DestinationDecision.Stop) TransportPolicy.decide(facts);
        assertThat(SessionResults.skipped(facts, Optional.empty(), stop.failure(), NOW))
                .singleElement()
                .satisfies(result -> {
                    assertThat(result.reportDomain()).isEqualTo(name(DOMAIN));
                    assertThat(result.policy().type()).isEqualTo("tlsa");
                    assertThat(type(result)).contains(ResultType.DNSSEC_INVALID);
                });
    }
}
