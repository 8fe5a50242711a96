// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.policy.Answers.SECURE;
import static org.gatepost.policy.Answers.name;
import static org.gatepost.policy.TestCertificates.NOW;

import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.dns.RecordType;
import org.gatepost.policy.TestCertificates.Validity;
import org.gatepost.policy.TransportVerdict.Protection;
import org.gatepost.tls.HandshakeFacts;
import org.gatepost.tls.TrustStore;
import org.gatepost.tlsrpt.PolicyType;
import org.gatepost.tlsrpt.SessionResult;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// [TransportPolicy#judge] with a connector (O6): every level of TLS beside every fault of the peer.
final class OperatorVerdictTest {
    private static final String HOST = "mx1.example.com";
    private static final TestCertificates ROOT = TestCertificates.root("Root");
    private static final TestCertificates LEAF = ROOT.server(HOST);
    private static final TrustStore TRUST = TrustStore.of(List.of(ROOT.certificate()));
    private static final StsPolicy POLICY =
            new StsPolicy(StsPolicy.Mode.ENFORCE, Duration.ofDays(1), List.of(new MxPattern(false, name(HOST))));
    private static final DaneDemand NO_DANE = new DaneDemand.Nothing(DaneDemand.Why.NO_TLSA_RECORDS);
    private static final StsDemand NO_STS = new StsDemand.Nothing("no record");
    private static final TlsObservation GOOD = shown("TLSv1.3", LEAF);

    private static final TlsDemand NEVER = new TlsDemand.Never();
    private static final TlsDemand OPPORTUNISTIC = new TlsDemand.Opportunistic();
    private static final TlsDemand ENCRYPTION = new TlsDemand.Encryption();
    private static final TlsDemand CERTIFICATE = new TlsDemand.CertificateValidation();
    private static final TlsDemand DOMAIN = named(HOST);

    private static TlsDemand named(String text) {
        boolean wildcard = text.startsWith("*.");
        return new TlsDemand.DomainValidation(new MxPattern(wildcard, name(wildcard ? text.substring(2) : text)));
    }

    private static TlsObservation shown(String version, TestCertificates... chain) {
        return new TlsObservation.Established(
                new HandshakeFacts(version, "TLS_AES_128_GCM_SHA256", DaneMatcherTest.chain(chain)));
    }

    /// What the peer did, and the least demand that refuses it.
    ///
    /// @param least of strictness; 9 when none refuses it
    /// @param reason of those at or above it, at certificate validation
    private record Fault(TlsObservation seen, int least, SubReason reason) {}

    private static Map<String, Fault> faults() {
        Map<String, Fault> faults = new LinkedHashMap<>();
        faults.put("no STARTTLS", new Fault(new TlsObservation.NotOffered(), 2, SubReason.STARTTLS_NOT_OFFERED));
        faults.put("STARTTLS refused", new Fault(new TlsObservation.Refused(454, "no"), 2, SubReason.STARTTLS_REFUSED));
        faults.put(
                "handshake fails",
                new Fault(
                        new TlsObservation.HandshakeFailed(Optional.empty(), "alert"), 2, SubReason.HANDSHAKE_FAILED));
        faults.put(
                "below TLS 1.2, handshake fails",
                new Fault(
                        new TlsObservation.HandshakeFailed(Optional.of("TLSv1"), "alert"),
                        2,
                        SubReason.TLS_VERSION_TOO_OLD));
        faults.put("TLS 1.1", new Fault(shown("TLSv1.1", LEAF), 2, SubReason.TLS_VERSION_TOO_OLD));
        faults.put(
                "self-signed",
                new Fault(
                        shown("TLSv1.3", TestCertificates.selfSignedServer(Validity.CURRENT, HOST)),
                        3,
                        SubReason.UNTRUSTED_ISSUER));
        faults.put("expired", new Fault(shown("TLSv1.3", ROOT.server(Validity.OVER, HOST)), 3, SubReason.EXPIRED));
        faults.put(
                "not yet valid",
                new Fault(shown("TLSv1.3", ROOT.server(Validity.TO_COME, HOST)), 3, SubReason.NOT_YET_VALID));
        faults.put("chain broken", new Fault(shown("TLSv1.3", LEAF.server(HOST), LEAF), 3, SubReason.CHAIN_INVALID));
        faults.put(
                "another name",
                new Fault(shown("TLSv1.3", ROOT.server("mx2.example.com")), 4, SubReason.NAME_MISMATCH));
        faults.put(
                "the name as common name only",
                new Fault(shown("TLSv1.3", ROOT.serverByCommonName(HOST)), 4, SubReason.NAME_MISMATCH));
        faults.put("nothing", new Fault(shown("TLSv1.2", LEAF), 9, SubReason.INTERNAL));
        return faults;
    }

    @TestFactory
    Stream<DynamicTest> aLevelOfTlsRefusesWhatItMustAndNothingElse() {
        return faults().entrySet().stream()
                .flatMap(fault -> Stream.of(NEVER, OPPORTUNISTIC, ENCRYPTION, CERTIFICATE, DOMAIN)
                        .map(demand -> DynamicTest.dynamicTest(
                                demand + ", " + fault.getKey(), () -> assertRefused(demand, fault.getValue()))));
    }

    private static void assertRefused(TlsDemand demand, Fault fault) {
        TransportVerdict verdict = judge(demand, NO_DANE, NO_STS, fault.seen());
        assertThat(verdict.refusal().map(DeliveryFailure::subReason))
                .isEqualTo(demand.strictness() >= fault.least() ? Optional.of(fault.reason()) : Optional.empty());
        assertThat(verdict.operator().isPresent()).isEqualTo(demand.needsTls());
        verdict.refusal().ifPresent(refusal -> {
            assertThat(refusal)
                    .isInstanceOf(
                            fault.least() == 2
                                    ? DeliveryFailure.ConnectorTlsMissing.class
                                    : DeliveryFailure.ConnectorCertificateInvalid.class);
            assertThat(refusal.evidence())
                    .startsWith("connector 'partner' demands ")
                    .doesNotContain("\n");
            assertThat(verdict.protection()).isIn(Protection.NONE, Protection.TLS);
        });
    }

    @Test
    void demandedNameIsComparedAsCertificatesAre() { // RFC 9525 §6.3
        assertThat(refused(named("*.example.com"), HOST)).isFalse();
        assertThat(refused(named("*.example.com"), "*.example.com")).isFalse();
        assertThat(refused(named(HOST), "*.example.com")).isFalse();
        assertThat(refused(named("*.example.com"), "a.b.example.com")).isTrue();
        assertThat(refused(named("*.example.com"), "example.com")).isTrue();
        assertThat(refused(named("*.example.com"), "*.b.example.com")).isTrue();
        assertThat(refused(named("example.com"), "*.example.com")).isTrue();
    }

    private static boolean refused(TlsDemand demand, String presented) {
        return judge(demand, NO_DANE, NO_STS, shown("TLSv1.3", ROOT.server(presented)))
                .refusal()
                .isPresent();
    }

    @Test
    void onlyANameProvesWhoThePeerIs() {
        assertThat(judge(DOMAIN, NO_DANE, NO_STS, GOOD).protection()).isEqualTo(Protection.CONNECTOR);
        assertThat(judge(CERTIFICATE, NO_DANE, NO_STS, GOOD).protection()).isEqualTo(Protection.TLS);
        assertThat(judge(DOMAIN, NO_DANE, new StsDemand.Enforce(name("example.com"), POLICY), GOOD)
                        .protection())
                .isEqualTo(Protection.MTA_STS);
    }

    @Test
    void whatTheReceiverPublishesIsDemandedAsWell() throws Exception {
        var other = new DaneDemand.Authenticate(
                name(HOST),
                List.of(new Tlsa(3, 1, 1, "00".repeat(32))),
                List.of(new Tlsa(3, 1, 1, "00".repeat(32))),
                List.of(name(HOST)),
                true);
        assertThat(judge(ENCRYPTION, other, NO_STS, GOOD).refusal())
                .get()
                .isInstanceOf(DeliveryFailure.DaneMismatch.class);

        var matching = TransportVerdictTest.dane(3, LEAF);
        TransportVerdict verdict = judge(named("mx9.example.com"), matching, NO_STS, GOOD);
        assertThat(verdict.refusal()).get().isInstanceOf(DeliveryFailure.ConnectorCertificateInvalid.class);
        assertThat(verdict.protection()).isEqualTo(Protection.TLS);
    }

    @Test
    void excusedStsPolicyIsJudgedAndDoesNotRefuse() throws Exception { // O4
        var excused = new StsDemand.Excused(name("example.com"), POLICY, false);
        TransportVerdict verdict = judge(OPPORTUNISTIC, TransportVerdictTest.dane(3, LEAF), excused, GOOD);
        assertThat(verdict.refusal()).isEmpty();
        assertThat(verdict.protection()).isEqualTo(Protection.DANE);
        assertThat(verdict.findings().getLast()).satisfies(finding -> {
            assertThat(finding.type()).isEqualTo(PolicyType.STS);
            assertThat(finding.enforced()).isFalse();
            assertThat(finding.failure()).get().isInstanceOf(DeliveryFailure.StsMxNotListed.class);
        });
    }

    /// A demand that a connector must not combine with `tls = "none"`, but were it combined, it would hold.
    @Test
    void switchedOffTlsSatisfiesNoPolicy() throws Exception {
        var off = new TlsObservation.SwitchedOff();
        assertThat(judge(NEVER, TransportVerdictTest.dane(3, LEAF), NO_STS, off).refusal())
                .get()
                .extracting(DeliveryFailure::subReason)
                .isEqualTo(SubReason.TLS_SWITCHED_OFF);
        assertThat(judge(NEVER, NO_DANE, new StsDemand.Enforce(name("example.com"), POLICY), off)
                        .refusal())
                .isPresent();
        assertThat(judge(NEVER, NO_DANE, NO_STS, off).refusal()).isEmpty();
    }

    @Test
    void tlsReportsTellNothingOfTheOperatorsDemands() { // R1: they are no policy of the receiver's
        assertThat(results(named("mx9.example.com"), GOOD))
                .containsExactlyElementsOf(results(OPPORTUNISTIC, GOOD))
                .hasSize(1);
        assertThat(results(NEVER, new TlsObservation.SwitchedOff())).isEmpty();
    }

    private static List<SessionResult> results(TlsDemand tls, TlsObservation seen) {
        HostDecision.Try host = host(tls, NO_DANE, NO_STS);
        var facts = new DestinationFacts(
                NextHop.recipientDomain(name("example.com"), host.operator()),
                Answers.mx("example.com", SECURE, HOST),
                List.of(host.host()),
                new StsFacts.NoPolicy("no record", Optional.empty()));
        var ends = new SessionEnds(InetAddress.ofLiteral("192.0.2.1"), Optional.empty(), Optional.empty());
        TransportVerdict verdict = TransportPolicy.judge(host, seen, TRUST, NOW);
        return SessionResults.of(facts, host, new SessionResults.Judged(NOW, ends, seen, verdict));
    }

    private static HostDecision.Try host(TlsDemand tls, DaneDemand dane, StsDemand sts) {
        var facts = new HostFacts(
                name(HOST),
                10,
                Answers.address(HOST, SECURE, "192.0.2.1"),
                Answers.denied(HOST, RecordType.AAAA, SECURE),
                Optional.empty(),
                List.of());
        var operator = new OperatorDemand(
                Optional.of("partner"), tls, MechanismUse.OPPORTUNISTIC, MechanismUse.OPPORTUNISTIC, false);
        return new HostDecision.Try(
                facts,
                List.of(InetAddress.ofLiteral("192.0.2.1")),
                dane,
                sts,
                operator,
                Optional.empty(),
                SenderDemand.NOTHING);
    }

    private static TransportVerdict judge(TlsDemand tls, DaneDemand dane, StsDemand sts, TlsObservation seen) {
        return TransportPolicy.judge(host(tls, dane, sts), seen, TRUST, NOW);
    }
}
