// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.Question;
import org.gatepost.dns.RecordType;
import org.gatepost.names.DomainName;
import org.gatepost.policy.OutcomeRow.NextStep;
import org.gatepost.policy.OutcomeRow.Owner;
import org.gatepost.tlsrpt.ResultType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class OutcomeTableTest {
    private static final DomainName DOMAIN = DomainName.parse("example.com");
    private static final DomainName MX = DomainName.parse("mx1.example.com");
    private static final Question QUESTION = new Question(DOMAIN, RecordType.MX);
    private static final MxPattern PATTERN = new MxPattern(false, DomainName.parse("mail.example.com"));

    /// One failure with everything that the table says of it, to the letter.
    record Expectation(
            String id, DeliveryFailure failure, String temporary, String permanent, String result, NextStep next) {}

    static List<Expectation> everyOutcome() {
        var all = new ArrayList<>(mtaSts());
        all.addAll(dane());
        all.addAll(dns());
        all.addAll(others());
        all.addAll(ofConnectors());
        return all;
    }

    private static List<Expectation> mtaSts() {
        String certificate = " Remote certificate failed MTA-STS validation. Reason: ";
        return List.of(
                retried(
                        "C1",
                        new DeliveryFailure.StsStartTlsMissing(DOMAIN, MX, SubReason.STARTTLS_NOT_OFFERED, "e"),
                        "450 4.7.4 STARTTLS is required by recipient domain's MTA-STS policy",
                        "551 5.7.4 STARTTLS is required by recipient domain's MTA-STS policy",
                        "starttls-not-supported"),
                retried(
                        "C2",
                        new DeliveryFailure.StsTlsTooOld(DOMAIN, MX, "TLSv1.1", "e"),
                        "450 4.7.6 MTA-STS requires TLS 1.2 or higher. TLS Version: TLSv1.1",
                        "551 5.7.6 MTA-STS requires TLS 1.2 or higher. TLS Version: TLSv1.1",
                        "validation-failure"),
                retried(
                        "C3",
                        new DeliveryFailure.StsMxNotListed(DOMAIN, List.of(MX), List.of(PATTERN)),
                        "450 4.4.8 MX hosts of 'example.com' failed MTA-STS validation.",
                        "551 5.4.8 MX hosts of 'example.com' failed MTA-STS validation.",
                        "validation-failure"),
                retried(
                        "C4",
                        new DeliveryFailure.StsNameMismatch(DOMAIN, MX, List.of("other.example")),
                        "450 4.7.5 Remote certificate MUST have a subject alternative name matching the hostname (MTA-STS)",
                        "551 5.7.5 Remote certificate MUST have a subject alternative name matching the hostname (MTA-STS)",
                        "certificate-host-mismatch"),
                retried(
                        "C5",
                        new DeliveryFailure.StsCertificateInvalid(DOMAIN, MX, SubReason.EXPIRED, "e"),
                        "450 4.7.5" + certificate + "expired",
                        "551 5.7.5" + certificate + "expired",
                        "certificate-expired"),
                retried(
                        "C5",
                        new DeliveryFailure.StsCertificateInvalid(DOMAIN, MX, SubReason.UNTRUSTED_ISSUER, "e"),
                        "450 4.7.5" + certificate + "untrusted-issuer",
                        "551 5.7.5" + certificate + "untrusted-issuer",
                        "certificate-not-trusted"),
                retried(
                        "C5",
                        new DeliveryFailure.StsCertificateInvalid(DOMAIN, MX, SubReason.REVOKED, "e"),
                        "450 4.7.5" + certificate + "revoked",
                        "551 5.7.5" + certificate + "revoked",
                        "certificate-not-trusted"),
                retried(
                        "C5",
                        new DeliveryFailure.StsCertificateInvalid(DOMAIN, MX, SubReason.HANDSHAKE_FAILED, "e"),
                        "450 4.7.5" + certificate + "handshake-failed",
                        "551 5.7.5" + certificate + "handshake-failed",
                        "validation-failure"));
    }

    private static List<Expectation> dane() {
        String noTls = "starttls-not-supported: Destination mail server must support TLS to receive mail.";
        String name =
                "certificate-host-mismatch: Remote certificate MUST have a common name or subject alternative name"
                        + " matching the hostname (DANE)";
        return List.of(
                retried(
                        "C6",
                        new DeliveryFailure.DaneTlsMissing(MX, SubReason.STARTTLS_NOT_OFFERED, "e"),
                        "450 4.7.321 " + noTls,
                        "550 5.7.321 " + noTls,
                        "starttls-not-supported"),
                retried(
                        "C6",
                        new DeliveryFailure.DaneTlsMissing(MX, SubReason.STARTTLS_REFUSED, "e"),
                        "450 4.7.321 " + noTls,
                        "550 5.7.321 " + noTls,
                        "starttls-not-supported"),
                retried(
                        "C6",
                        new DeliveryFailure.DaneTlsMissing(MX, SubReason.HANDSHAKE_FAILED, "e"),
                        "450 4.7.321 " + noTls,
                        "550 5.7.321 " + noTls,
                        "validation-failure"),
                retried(
                        "C7",
                        new DeliveryFailure.DaneCertificateExpired(MX, "e"),
                        "450 4.7.322 certificate-expired: Destination mail server's certificate is expired.",
                        "550 5.7.322 certificate-expired: Destination mail server's certificate is expired.",
                        "certificate-expired"),
                retried(
                        "C8",
                        new DeliveryFailure.DaneMismatch(MX, SubReason.EE_KEY_MISMATCH, "e"),
                        "450 4.7.323 tlsa-invalid: The domain failed DANE validation.",
                        "550 5.7.323 tlsa-invalid: The domain failed DANE validation.",
                        "tlsa-invalid"),
                retried(
                        "C10",
                        new DeliveryFailure.DaneNameMismatch(MX, List.of(MX), List.of("other.example")),
                        "450 4.7.325 " + name,
                        "550 5.7.325 " + name,
                        "certificate-host-mismatch"));
    }

    private static List<Expectation> dns() {
        return List.of(
                retried(
                        "C9",
                        new DeliveryFailure.DnssecBogus(
                                QUESTION, SubReason.MX_BOGUS, new DnsFailure(DnsFailure.Reason.BOGUS, "d")),
                        "450 4.7.324 dnssec-invalid: Destination domain returned invalid DNSSEC records",
                        "550 5.7.324 dnssec-invalid: Destination domain returned invalid DNSSEC records",
                        "dnssec-invalid"),
                retried(
                        "C11",
                        new DeliveryFailure.DnsLookupFailed(QUESTION, SubReason.MX_LOOKUP_FAILED, "e"),
                        "450 4.4.312 DNS query failed",
                        "550 5.4.312 DNS query failed",
                        ""),
                retried(
                        "C11",
                        new DeliveryFailure.DnsLookupFailed(QUESTION, SubReason.TLSA_LOOKUP_FAILED, "e"),
                        "450 4.4.312 DNS query failed",
                        "550 5.4.312 DNS query failed",
                        "dnssec-invalid"),
                retried(
                        "C11",
                        new DeliveryFailure.DnsLookupFailed(QUESTION, SubReason.MX_HOST_WITHOUT_ADDRESS, "e"),
                        "450 4.4.312 DNS query failed",
                        "550 5.4.312 DNS query failed",
                        ""),
                returned(
                        "C13",
                        new DeliveryFailure.NullMx(DOMAIN),
                        "450 4.1.10 Recipient address has null MX",
                        "556 5.1.10 Recipient address has null MX"),
                returned(
                        "C16",
                        new DeliveryFailure.NoSuchDomain(DOMAIN, SubReason.DOMAIN_NOT_FOUND, "e"),
                        "450 4.4.310 DNS domain 'example.com' does not exist",
                        "550 5.4.310 DNS domain 'example.com' does not exist"));
    }

    private static List<Expectation> others() {
        return List.of(
                retried(
                        "C12",
                        new DeliveryFailure.ConnectionFailed("mx", SubReason.CONNECTION_REFUSED, "e"),
                        "450 4.4.316 Connection refused",
                        "550 5.4.316 Connection refused",
                        ""),
                retried(
                        "C12",
                        new DeliveryFailure.ConnectionFailed("mx", SubReason.CONNECTION_TIMED_OUT, "e"),
                        "450 4.4.315 Connection timed out",
                        "550 5.4.315 Connection timed out",
                        ""),
                retried(
                        "C12",
                        new DeliveryFailure.ConnectionFailed("mx", SubReason.CONNECTION_CLOSED, "e"),
                        "450 4.4.318 Connection was closed abruptly",
                        "550 5.4.318 Connection was closed abruptly",
                        ""),
                returned(
                        "C14",
                        new DeliveryFailure.RequireTlsUnsupported(MX, SubReason.REQUIRETLS_NOT_OFFERED, "e"),
                        "450 4.7.30 REQUIRETLS support required",
                        "550 5.7.30 REQUIRETLS support required"),
                returned(
                        "C14",
                        new DeliveryFailure.RequireTlsUnsupported(MX, SubReason.REQUIRETLS_NOT_AUTHENTICATED, "e"),
                        "450 4.7.30 REQUIRETLS support required",
                        "550 5.7.30 REQUIRETLS support required"),
                retried(
                        "C14",
                        new DeliveryFailure.RequireTlsUnsupported(MX, SubReason.HANDSHAKE_FAILED, "e"),
                        "450 4.7.10 Encryption needed",
                        "550 5.7.10 Encryption needed",
                        ""),
                retried(
                        "C14",
                        new DeliveryFailure.RequireTlsUnsupported(MX, SubReason.REQUIRETLS_MTA_STS_SWITCHED_OFF, "e"),
                        "450 4.7.10 Encryption needed",
                        "550 5.7.10 Encryption needed",
                        ""),
                returned(
                        "C15",
                        new DeliveryFailure.Expired(Optional.empty()),
                        "450 4.4.7 Message expired",
                        "550 4.4.7 Message expired"),
                retried("G1", peer(452, "4.2.2", "full"), "452 4.2.2 full", "452 4.2.2 full", ""),
                returned("G2", peer(550, "5.1.1", "unknown"), "550 5.1.1 unknown", "550 5.1.1 unknown"),
                returned(
                        "G3",
                        new DeliveryFailure.ExtensionMissing(MX, SubReason.SMTPUTF8_NOT_OFFERED, "e"),
                        "450 4.6.7 The message needs SMTPUTF8, which the destination does not offer",
                        "550 5.6.7 The message needs SMTPUTF8, which the destination does not offer"),
                returned(
                        "G4",
                        new DeliveryFailure.LoopDetected(101),
                        "450 4.4.6 Routing loop detected: too many Received fields",
                        "554 5.4.6 Routing loop detected: too many Received fields"),
                retried(
                        "G5",
                        new DeliveryFailure.InternalDefect("e"),
                        "450 4.3.0 Internal error; the message stays in the queue",
                        "450 4.3.0 Internal error; the message stays in the queue",
                        ""),
                returned(
                        "G11",
                        new DeliveryFailure.RemovedByOperator(),
                        "450 4.3.0 Message removed from the queue by the operator",
                        "554 5.3.0 Message removed from the queue by the operator"));
    }

    private static List<Expectation> ofConnectors() {
        return List.of(
                retried(
                        "G6",
                        new DeliveryFailure.ConnectorTlsMissing(MX, SubReason.STARTTLS_NOT_OFFERED, "e"),
                        "450 4.7.4 TLS is required by a connector of the sending gateway",
                        "550 5.7.4 TLS is required by a connector of the sending gateway",
                        ""),
                retried(
                        "G7",
                        new DeliveryFailure.ConnectorCertificateInvalid(MX, SubReason.NAME_MISMATCH, "e"),
                        "450 4.7.320 Certificate validation failed. Reason: name-mismatch",
                        "550 5.7.320 Certificate validation failed. Reason: name-mismatch",
                        ""),
                retried(
                        "G8",
                        new DeliveryFailure.ConnectorPolicyMissing(DOMAIN, SubReason.DANE_NOT_PUBLISHED, "e"),
                        "450 4.7.1 DANE is required by a connector of the sending gateway, 'example.com' has none",
                        "550 5.7.1 DANE is required by a connector of the sending gateway, 'example.com' has none",
                        ""),
                retried(
                        "G9",
                        new DeliveryFailure.ConnectorPolicyMissing(DOMAIN, SubReason.STS_NOT_ENFORCED, "e"),
                        "450 4.7.1 MTA-STS is required by a connector of the sending gateway, 'example.com' enforces none",
                        "550 5.7.1 MTA-STS is required by a connector of the sending gateway, 'example.com' enforces none",
                        ""),
                retried(
                        "G10",
                        new DeliveryFailure.SmartHostUnusable(DOMAIN, SubReason.DOMAIN_NOT_FOUND, "e"),
                        "450 4.4.4 Unable to route: smart host 'example.com' cannot be used",
                        "550 5.4.4 Unable to route: smart host 'example.com' cannot be used",
                        ""));
    }

    private static Expectation retried(
            String id, DeliveryFailure failure, String temporary, String permanent, String result) {
        return new Expectation(id, failure, temporary, permanent, result, NextStep.RETRY);
    }

    private static Expectation returned(String id, DeliveryFailure failure, String temporary, String permanent) {
        return new Expectation(id, failure, temporary, permanent, "", NextStep.RETURN_AT_ONCE);
    }

    private static DeliveryFailure.PeerRejected peer(int code, String enhanced, String text) {
        return new DeliveryFailure.PeerRejected("RCPT", code, Optional.of(enhanced), text);
    }

    @ParameterizedTest
    @MethodSource("everyOutcome")
    void everyOutcomeIsSpelledToTheLetter(Expectation expected) { // specification §1; RFC 8460 §4.3
        OutcomeRow row = OutcomeTable.row(expected.failure());
        assertThat(row.id()).isEqualTo(expected.id());
        assertThat(OutcomeTable.temporary(expected.failure()).line()).isEqualTo(expected.temporary());
        assertThat(OutcomeTable.permanent(expected.failure()).line()).isEqualTo(expected.permanent());
        assertThat(OutcomeTable.resultType(expected.failure())
                        .map(ResultType::toString)
                        .orElse(""))
                .isEqualTo(expected.result());
        assertThat(row.nextStep()).isEqualTo(expected.next());
    }

    @Test
    void everyRowIsReachedByAnOutcome() {
        var reached = EnumSet.noneOf(OutcomeRow.class);
        everyOutcome().forEach(expected -> reached.add(OutcomeTable.row(expected.failure())));
        assertThat(reached).containsExactlyInAnyOrderElementsOf(OutcomeTable.rows());
    }

    @Test
    void statusFieldCarriesTheEnhancedCodeAlone() { // RFC 3464 §2.3.4
        var failure = new DeliveryFailure.DaneMismatch(MX, SubReason.TA_NOT_IN_CHAIN, "e");
        assertThat(OutcomeTable.temporary(failure))
                .extracting(Rendering::status)
                .isEqualTo("4.7.323");
        assertThat(OutcomeTable.permanent(failure))
                .extracting(Rendering::status)
                .isEqualTo("5.7.323");
    }

    @Test
    void daneMismatchIsRetriedAndNeverReturnedAtOnce() { // pitfall 30; RFC 7672 §2.1.1
        for (OutcomeRow row : OutcomeTable.rows()) {
            if (row.severity() == OutcomeRow.Severity.POLICY || row.severity() == OutcomeRow.Severity.BOGUS) {
                assertThat(row.nextStep()).as(row.name()).isEqualTo(NextStep.RETRY);
            }
        }
    }

    @Test
    void peerReplyWithoutEnhancedCodeStaysAsItWas() { // RFC 3463 §3.1 for the status
        var failure = new DeliveryFailure.PeerRejected("DATA", 554, Optional.empty(), "no");
        assertThat(OutcomeTable.permanent(failure)).isEqualTo(new Rendering(554, "5.0.0", "554 no"));
    }

    @Test
    void hostilePeerTextCannotForgeLines() {
        var failure = new DeliveryFailure.PeerRejected(
                "DATA", 554, Optional.of("5.0.0\r\nX: y, and much more"), "a\r\nStatus: 2.0.0\u202Eevil\u0007");
        assertThat(OutcomeTable.permanent(failure).line())
                .isEqualTo("554 5.0.0  X: y,… a  Status: 2.0.0?evil?")
                .doesNotContain("\r", "\n");
        assertThat(OutcomeTable.permanent(peer(550, "5.0.0", "x".repeat(9_000))).line())
                .hasSizeLessThan(600);
    }

    @Test
    void observedTlsVersionIsMadePrintable() {
        var failure = new DeliveryFailure.StsTlsTooOld(DOMAIN, MX, "SSLv3\r\n", "e");
        assertThat(OutcomeTable.permanent(failure).line()).endsWith("TLS Version: SSLv3");
    }

    @Test
    void lifetimesEndGivesTheOutcomesOwnFormOrC15() {
        var mismatch = new DeliveryFailure.DaneMismatch(MX, SubReason.EE_KEY_MISMATCH, "e");
        var full = peer(452, "4.2.2", "full");
        var defect = new DeliveryFailure.InternalDefect("e");
        assertThat(OutcomeTable.atEndOfLifetime(mismatch)).isSameAs(mismatch);
        assertThat(OutcomeTable.atEndOfLifetime(full)).isEqualTo(new DeliveryFailure.Expired(Optional.of(full)));
        assertThat(OutcomeTable.atEndOfLifetime(defect)).isEqualTo(new DeliveryFailure.Expired(Optional.of(defect)));
        assertThat(OutcomeTable.atEndOfLifetime(full).evidence()).contains("452 4.2.2 full");
    }

    @Test
    void worstFailureStandsForAll() {
        var bogus = new DeliveryFailure.DnssecBogus(
                QUESTION, SubReason.TLSA_BOGUS, new DnsFailure(DnsFailure.Reason.BOGUS, "d"));
        var mismatch = new DeliveryFailure.DaneMismatch(MX, SubReason.EE_KEY_MISMATCH, "first");
        var lookup = new DeliveryFailure.DnsLookupFailed(QUESTION, SubReason.ADDRESS_LOOKUP_FAILED, "e");
        var later = peer(451, "4.3.2", "later");
        var refused = new DeliveryFailure.ConnectionFailed("mx", SubReason.CONNECTION_REFUSED, "e");
        var unknown = peer(550, "5.1.1", "unknown");
        var ranking = List.<DeliveryFailure>of(
                new DeliveryFailure.InternalDefect("e"), bogus, mismatch, lookup, later, refused, unknown);
        for (int i = 0; i < ranking.size(); i++) {
            var reversed = new ArrayList<>(ranking.subList(i, ranking.size())).reversed();
            assertThat(OutcomeTable.worst(reversed)).isEqualTo(ranking.get(i));
        }
        var second = new DeliveryFailure.DaneMismatch(MX, SubReason.EE_KEY_MISMATCH, "second");
        assertThat(OutcomeTable.worst(List.of(mismatch, second))).isSameAs(mismatch);
        assertThatThrownBy(() -> OutcomeTable.worst(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyRowNamesAnOwnerAndOneSentenceForHim() {
        assertThat(OutcomeTable.rows()).allSatisfy(row -> {
            assertThat(row.fix()).endsWith(".").doesNotContain("|");
            assertThat(row.cause()).isNotBlank();
        });
        assertThat(OutcomeRow.DNSSEC_BOGUS.owner()).isEqualTo(Owner.RECIPIENT_DNS);
        assertThat(OutcomeRow.NULL_MX.owner()).isEqualTo(Owner.SENDER);
        assertThat(OutcomeRow.INTERNAL_DEFECT.owner()).isEqualTo(Owner.GATEWAY_OPERATOR);
        assertThat(OutcomeRow.DANE_MISMATCH.owner()).isEqualTo(Owner.RECIPIENT_POSTMASTER);
    }

    @Test
    void markdownHasOneLineARow() {
        List<String> lines = OutcomeTable.toMarkdown().lines().toList();
        assertThat(lines).hasSize(OutcomeTable.rows().size() + 2);
        assertThat(lines)
                .allSatisfy(line ->
                        assertThat(line.chars().filter(c -> c == '|').count()).isEqualTo(9));
        assertThat(lines)
                .contains("| C8 | DANE, no TLSA record matches | `450 4.7.323` |"
                        + " `550 5.7.323 tlsa-invalid: The domain failed DANE validation.` | retry | `tlsa-invalid` |"
                        + " recipient's postmaster | Publish TLSA records that match the certificates the MX host sends,"
                        + " or install the matching ones. |");
    }
}
