// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.gatepost.tlsrpt.ResultType;

/// The one table of what each [DeliveryFailure] means: next step, codes, text, TLS report, owner, fix.
///
/// @spec https://www.rfc-editor.org/rfc/rfc3463 RFC 3463: enhanced status codes
/// @spec https://www.rfc-editor.org/rfc/rfc8460 RFC 8460 §4.3: result types
public final class OutcomeTable {
    private static final int LONGEST_TEXT = 500;
    private static final String HEADER = """
            | id | cause | while retrying | final code and text | next step | TLS report | owner | fix |
            |---|---|---|---|---|---|---|---|
            """;

    private OutcomeTable() {}

    /// All rows, in the order of their ids.
    public static List<OutcomeRow> rows() {
        return List.of(OutcomeRow.values());
    }

    /// The row of a failure.
    public static OutcomeRow row(DeliveryFailure failure) {
        return switch (failure) {
            case DeliveryFailure.StsStartTlsMissing _ -> OutcomeRow.STS_STARTTLS_MISSING;
            case DeliveryFailure.StsTlsTooOld _ -> OutcomeRow.STS_TLS_TOO_OLD;
            case DeliveryFailure.StsMxNotListed _ -> OutcomeRow.STS_MX_NOT_LISTED;
            case DeliveryFailure.StsNameMismatch _ -> OutcomeRow.STS_NAME_MISMATCH;
            case DeliveryFailure.StsCertificateInvalid invalid -> row(invalid);
            case DeliveryFailure.DaneTlsMissing missing -> row(missing);
            case DeliveryFailure.DaneCertificateExpired _ -> OutcomeRow.DANE_CERTIFICATE_EXPIRED;
            case DeliveryFailure.DaneMismatch _ -> OutcomeRow.DANE_MISMATCH;
            case DeliveryFailure.DnssecBogus _ -> OutcomeRow.DNSSEC_BOGUS;
            case DeliveryFailure.DaneNameMismatch _ -> OutcomeRow.DANE_NAME_MISMATCH;
            case DeliveryFailure.DnsLookupFailed failed -> row(failed);
            case DeliveryFailure.ConnectionFailed failed -> row(failed);
            case DeliveryFailure.NullMx _ -> OutcomeRow.NULL_MX;
            case DeliveryFailure.RequireTlsUnsupported unsupported -> row(unsupported);
            case DeliveryFailure.Expired _ -> OutcomeRow.MESSAGE_EXPIRED;
            case DeliveryFailure.NoSuchDomain _ -> OutcomeRow.NO_SUCH_DOMAIN;
            case DeliveryFailure.PeerRejected rejected ->
                rejected.replyCode() < 500 ? OutcomeRow.PEER_REJECTED_FOR_NOW : OutcomeRow.PEER_REJECTED;
            case DeliveryFailure.ExtensionMissing _ -> OutcomeRow.EXTENSION_MISSING;
            case DeliveryFailure.LoopDetected _ -> OutcomeRow.LOOP_DETECTED;
            case DeliveryFailure.RemovedByOperator _ -> OutcomeRow.REMOVED_BY_OPERATOR;
            case DeliveryFailure.InternalDefect _ -> OutcomeRow.INTERNAL_DEFECT;
            case DeliveryFailure.ConnectorTlsMissing _ -> OutcomeRow.CONNECTOR_TLS_MISSING;
            case DeliveryFailure.ConnectorCertificateInvalid _ -> OutcomeRow.CONNECTOR_CERTIFICATE_INVALID;
            case DeliveryFailure.ConnectorPolicyMissing missing ->
                missing.subReason() == SubReason.DANE_NOT_PUBLISHED
                        ? OutcomeRow.CONNECTOR_DANE_MISSING
                        : OutcomeRow.CONNECTOR_STS_MISSING;
            case DeliveryFailure.SmartHostUnusable _ -> OutcomeRow.SMART_HOST_UNUSABLE;
        };
    }

    private static OutcomeRow row(DeliveryFailure.StsCertificateInvalid invalid) {
        if (invalid.subReason() == SubReason.EXPIRED) {
            return OutcomeRow.STS_CERTIFICATE_EXPIRED;
        }
        return invalid.subReason() == SubReason.HANDSHAKE_FAILED
                ? OutcomeRow.STS_HANDSHAKE_FAILED
                : OutcomeRow.STS_CERTIFICATE_NOT_TRUSTED;
    }

    private static OutcomeRow row(DeliveryFailure.DaneTlsMissing missing) {
        boolean noTls = missing.subReason() == SubReason.STARTTLS_NOT_OFFERED
                || missing.subReason() == SubReason.STARTTLS_REFUSED;
        return noTls ? OutcomeRow.DANE_STARTTLS_MISSING : OutcomeRow.DANE_HANDSHAKE_FAILED;
    }

    private static OutcomeRow row(DeliveryFailure.DnsLookupFailed failed) {
        if (failed.subReason() == SubReason.TLSA_LOOKUP_FAILED) {
            return OutcomeRow.TLSA_LOOKUP_FAILED;
        }
        return failed.subReason() == SubReason.MX_HOST_WITHOUT_ADDRESS
                ? OutcomeRow.MX_HOST_WITHOUT_ADDRESS
                : OutcomeRow.DNS_LOOKUP_FAILED;
    }

    private static OutcomeRow row(DeliveryFailure.ConnectionFailed failed) {
        if (failed.subReason() == SubReason.CONNECTION_REFUSED) {
            return OutcomeRow.CONNECTION_REFUSED;
        }
        return failed.subReason() == SubReason.CONNECTION_TIMED_OUT
                ? OutcomeRow.CONNECTION_TIMED_OUT
                : OutcomeRow.CONNECTION_CLOSED;
    }

    private static OutcomeRow row(DeliveryFailure.RequireTlsUnsupported unsupported) {
        return switch (unsupported.subReason()) {
            case REQUIRETLS_NOT_OFFERED, REQUIRETLS_NOT_AUTHENTICATED -> OutcomeRow.REQUIRETLS_UNSUPPORTED;
            case REQUIRETLS_MTA_STS_SWITCHED_OFF -> OutcomeRow.REQUIRETLS_SWITCHED_OFF;
            default -> OutcomeRow.REQUIRETLS_UNPROVEN;
        };
    }

    /// What TLS reports call the failure; empty when they do not count it.
    public static Optional<ResultType> resultType(DeliveryFailure failure) {
        return row(failure).resultType();
    }

    /// The failure while the message is still retried: always reply code 450 and a 4.x.y code, except that a
    /// peer's own reply stays as it was.
    public static Rendering temporary(DeliveryFailure failure) {
        return failure instanceof DeliveryFailure.PeerRejected rejected
                ? ofPeer(rejected)
                : rendering(450, temporaryCode(row(failure)), text(failure));
    }

    /// The failure as the final report spells it. A defect of Gatepost has no final form and stays 4.3.0; see
    /// [#atEndOfLifetime].
    public static Rendering permanent(DeliveryFailure failure) {
        OutcomeRow row = row(failure);
        return failure instanceof DeliveryFailure.PeerRejected rejected
                ? ofPeer(rejected)
                : rendering(row.replyCode(), row.enhancedCode(), text(failure));
    }

    private static String temporaryCode(OutcomeRow row) {
        return "4" + row.enhancedCode().substring(1);
    }

    private static Rendering rendering(int code, String enhancedCode, String text) {
        return new Rendering(code, enhancedCode, code + " " + enhancedCode + " " + text);
    }

    private static Rendering ofPeer(DeliveryFailure.PeerRejected rejected) {
        int code = rejected.replyCode();
        String enhanced = rejected.enhancedCode()
                .map(given -> PrintableText.line(given, 12) + " ")
                .orElse("");
        return new Rendering(
                code,
                enhanced.isEmpty() ? code / 100 + ".0.0" : enhanced.strip(),
                (code + " " + enhanced + PrintableText.line(rejected.text(), LONGEST_TEXT)).strip());
    }

    private static String text(DeliveryFailure failure) {
        String template = row(failure).text();
        return switch (failure) {
            case DeliveryFailure.StsTlsTooOld tooOld ->
                template.replace("<observed TLS version>", PrintableText.line(tooOld.observedVersion(), 40));
            case DeliveryFailure.StsMxNotListed notListed ->
                template.replace("<domain>", notListed.policyDomain().toString());
            case DeliveryFailure.StsCertificateInvalid invalid ->
                template.replace("<reason>", invalid.subReason().toString());
            case DeliveryFailure.NoSuchDomain missing ->
                template.replace("<domain>", missing.domain().toString());
            case DeliveryFailure.ConnectorCertificateInvalid invalid ->
                template.replace("<reason>", invalid.subReason().toString());
            case DeliveryFailure.ConnectorPolicyMissing missing ->
                template.replace("<domain>", missing.nextHop().toString());
            case DeliveryFailure.SmartHostUnusable unusable ->
                template.replace("<domain>", unusable.smartHost().toString());
            case DeliveryFailure.StsStartTlsMissing _,
                    DeliveryFailure.StsNameMismatch _,
                    DeliveryFailure.DaneTlsMissing _,
                    DeliveryFailure.DaneCertificateExpired _,
                    DeliveryFailure.DaneMismatch _,
                    DeliveryFailure.DnssecBogus _,
                    DeliveryFailure.DaneNameMismatch _,
                    DeliveryFailure.DnsLookupFailed _,
                    DeliveryFailure.ConnectionFailed _,
                    DeliveryFailure.NullMx _,
                    DeliveryFailure.RequireTlsUnsupported _,
                    DeliveryFailure.ConnectorTlsMissing _,
                    DeliveryFailure.Expired _,
                    DeliveryFailure.PeerRejected _,
                    DeliveryFailure.ExtensionMissing _,
                    DeliveryFailure.LoopDetected _,
                    DeliveryFailure.RemovedByOperator _,
                    DeliveryFailure.InternalDefect _ -> template;
        };
    }

    /// What the sender is told when the queue lifetime ends with this failure: the failure itself when it has
    /// a final form of its own, else that the message expired (C15).
    public static DeliveryFailure atEndOfLifetime(DeliveryFailure last) {
        return switch (row(last)) {
            case PEER_REJECTED_FOR_NOW, INTERNAL_DEFECT -> new DeliveryFailure.Expired(Optional.of(last));
            case STS_STARTTLS_MISSING,
                    STS_TLS_TOO_OLD,
                    STS_MX_NOT_LISTED,
                    STS_NAME_MISMATCH,
                    STS_CERTIFICATE_EXPIRED,
                    STS_CERTIFICATE_NOT_TRUSTED,
                    STS_HANDSHAKE_FAILED,
                    DANE_STARTTLS_MISSING,
                    DANE_HANDSHAKE_FAILED,
                    DANE_CERTIFICATE_EXPIRED,
                    DANE_MISMATCH,
                    DNSSEC_BOGUS,
                    DANE_NAME_MISMATCH,
                    DNS_LOOKUP_FAILED,
                    TLSA_LOOKUP_FAILED,
                    MX_HOST_WITHOUT_ADDRESS,
                    CONNECTION_REFUSED,
                    CONNECTION_TIMED_OUT,
                    CONNECTION_CLOSED,
                    NULL_MX,
                    REQUIRETLS_UNSUPPORTED,
                    REQUIRETLS_UNPROVEN,
                    REQUIRETLS_SWITCHED_OFF,
                    MESSAGE_EXPIRED,
                    NO_SUCH_DOMAIN,
                    PEER_REJECTED,
                    EXTENSION_MISSING,
                    LOOP_DETECTED,
                    CONNECTOR_TLS_MISSING,
                    CONNECTOR_CERTIFICATE_INVALID,
                    CONNECTOR_DANE_MISSING,
                    CONNECTOR_STS_MISSING,
                    SMART_HOST_UNUSABLE,
                    REMOVED_BY_OPERATOR -> last;
        };
    }

    /// The failure that stands for all of these, by [OutcomeRow.Severity]; of equally severe ones the first.
    ///
    /// @throws IllegalArgumentException for none
    public static DeliveryFailure worst(List<DeliveryFailure> failures) {
        return failures.stream()
                .min(Comparator.comparing(failure -> row(failure).severity()))
                .orElseThrow(() -> new IllegalArgumentException("no failure to choose from"));
    }

    /// The table as Markdown, one line a row, for the reference documentation.
    public static String toMarkdown() {
        return HEADER
                + rows().stream()
                        .map(OutcomeTable::markdown)
                        .map(line -> line + "\n")
                        .collect(Collectors.joining());
    }

    private static String markdown(OutcomeRow row) {
        boolean retried = row.nextStep() == OutcomeRow.NextStep.RETRY;
        String whileRetrying = row.rendersPeerReply() ? "as the peer says" : "`450 " + temporaryCode(row) + "`";
        String last = row.rendersPeerReply()
                ? "as the peer says"
                : "`" + row.replyCode() + " " + row.enhancedCode() + " " + row.text() + "`";
        List<String> cells = List.of(
                row.id(),
                row.cause(),
                retried ? whileRetrying : "–",
                last,
                retried ? "retry" : "return at once",
                row.resultType().map(result -> "`" + result + "`").orElse("–"),
                row.owner().toString(),
                row.fix());
        return cells.stream().collect(Collectors.joining(" | ", "| ", " |"));
    }
}
