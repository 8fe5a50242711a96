// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Writes a report as RFC 8460 §4.4 has it: I-JSON (RFC 7493), fields in the order of the RFC, times in UTC to
/// the
/// second.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8460 RFC 8460 §4.4
/// @spec https://www.rfc-editor.org/rfc/rfc7493 RFC 7493: I-JSON
public final class ReportWriter {
    private static final JsonFactory JSON = JsonFactory.builder().build();
    private static final DateTimeFormatter SECOND =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final JsonGenerator json;

    private ReportWriter(JsonGenerator json) {
        this.json = json;
    }

    /// UTF-8, without a line end.
    public static byte[] write(TlsReport report) {
        var octets = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), octets)) {
            new ReportWriter(json).report(report);
        }
        return octets.toByteArray();
    }

    private void report(TlsReport report) {
        json.writeStartObject();
        text(FieldNames.ORGANIZATION, report.organizationName());
        json.writeObjectPropertyStart(FieldNames.DATE_RANGE);
        time(FieldNames.START, report.start());
        time(FieldNames.END, report.end());
        json.writeEndObject();
        text(FieldNames.CONTACT, report.contactInfo());
        text(FieldNames.REPORT_ID, report.reportId());
        json.writeArrayPropertyStart(FieldNames.POLICIES);
        report.policies().forEach(this::result);
        json.writeEndArray();
        json.writeEndObject();
    }

    private void result(PolicyResult result) {
        json.writeStartObject();
        policy(result.policy());
        json.writeObjectPropertyStart(FieldNames.SUMMARY);
        json.writeNumberProperty(FieldNames.SUCCESSFUL, result.successful());
        json.writeNumberProperty(FieldNames.FAILED, result.failed());
        json.writeEndObject();
        json.writeArrayPropertyStart(FieldNames.DETAILS);
        result.failures().forEach(this::failure);
        json.writeEndArray();
        json.writeEndObject();
    }

    private void policy(ReportedPolicy policy) {
        json.writeObjectPropertyStart(FieldNames.POLICY);
        text(FieldNames.POLICY_TYPE, policy.type());
        texts(FieldNames.POLICY_STRING, policy.strings());
        text(FieldNames.POLICY_DOMAIN, policy.domain());
        // The patterns of an MTA-STS policy; no other policy has any.
        if (!policy.mxHosts().isEmpty()) {
            texts(FieldNames.MX_HOST, policy.mxHosts());
        }
        json.writeEndObject();
    }

    private void failure(FailureDetails failure) {
        FailedSession session = failure.session();
        json.writeStartObject();
        text(FieldNames.RESULT_TYPE, failure.resultType());
        text(FieldNames.SENDING_IP, session.sendingMtaIp());
        text(FieldNames.MX_NAME, session.receivingMxHostname());
        text(FieldNames.MX_HELO, session.receivingMxHelo());
        text(FieldNames.RECEIVING_IP, session.receivingIp());
        json.writeNumberProperty(FieldNames.SESSIONS, failure.sessions());
        text(FieldNames.INFORMATION, session.additionalInformation());
        text(FieldNames.REASON, session.failureReasonCode());
        json.writeEndObject();
    }

    private void time(String name, Instant time) {
        json.writeStringProperty(name, SECOND.format(time));
    }

    private void texts(String name, List<String> texts) {
        json.writeArrayPropertyStart(name);
        texts.forEach(text -> json.writeString(characters(text)));
        json.writeEndArray();
    }

    private void text(String name, Optional<String> text) {
        text.ifPresent(present -> text(name, present));
    }

    private void text(String name, String text) {
        json.writeStringProperty(name, characters(text));
    }

    /// Without surrogates that stand alone and noncharacters, which RFC 7493 §2.1 forbids.
    private static String characters(String text) {
        var allowed = new StringBuilder(text.length());
        text.codePoints()
                .map(codePoint -> isForbidden(codePoint) ? 0xFFFD : codePoint)
                .forEach(allowed::appendCodePoint);
        return allowed.toString();
    }

    private static boolean isForbidden(int codePoint) {
        return Character.getType(codePoint) == Character.SURROGATE
                || (codePoint & 0xFFFE) == 0xFFFE
                || (codePoint >= 0xFDD0 && codePoint <= 0xFDEF);
    }
}
