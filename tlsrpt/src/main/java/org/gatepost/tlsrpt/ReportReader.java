// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;

/// Reads the JSON of a report as strangers write it. What RFC 8460 §4.4 has otherwise is taken if there is a
/// sensible
/// way
/// to, and noted; only what is no report at all, or is beyond the bounds, is unreadable. Nothing is thrown for
/// input.
public final class ReportReader {
    /// Octets of JSON.
    public static final int MOST_OCTETS = 16 * 1024 * 1024;

    public static final int MOST_POLICIES = 1_000;

    /// Of all policies together.
    public static final int MOST_DETAILS = 40_000;

    public static final int MOST_DEVIATIONS = 100;

    private final Notes notes;
    private int details;

    private ReportReader(Notes notes) {
        this.notes = notes;
    }

    /// @param json without any compression
    public static ReadReport read(byte[] json) {
        return read(json, new Notes());
    }

    /// @param notes what was noticed on the way to the JSON
    static ReadReport read(byte[] json, Notes notes) {
        try {
            if (json.length > MOST_OCTETS) {
                throw new NoReportException("", "more than " + MOST_OCTETS + " octets");
            }
            Json root = JsonText.parse(JsonOctets.decoded(json, notes), notes);
            TlsReport report = new ReportReader(notes).report(root);
            return new ReadReport.Accepted(report, notes.list());
        } catch (NoReportException e) {
            return e.result();
        }
    }

    private TlsReport report(Json value) throws NoReportException {
        Field root = new Field(value, "", notes);
        if (value instanceof Json.Items(List<Json> items) && items.size() == 1) {
            root.note("an object is expected, not an array of one");
            root = new Field(items.getFirst(), "/0", notes);
        }
        if (!root.has(FieldNames.POLICIES)) {
            throw new NoReportException(root.place(), "not a TLS report: it has no policies (RFC 8460 §4.4)");
        }
        String reportId = root.required(FieldNames.REPORT_ID);
        ReportDates dates = ReportDates.of(root, reportId);
        return new TlsReport(
                root.required(FieldNames.ORGANIZATION),
                dates.start(),
                dates.end(),
                contact(root),
                reportId,
                policies(root.member(FieldNames.POLICIES)));
    }

    private static Optional<String> contact(Field root) {
        String contact = root.required(FieldNames.CONTACT);
        return contact.isEmpty() ? Optional.empty() : Optional.of(contact);
    }

    private List<PolicyResult> policies(Field field) throws NoReportException {
        List<Field> elements = field.elements();
        if (elements.size() > MOST_POLICIES) {
            throw new NoReportException(field.place(), "more than " + MOST_POLICIES + " policies");
        }
        if (elements.isEmpty()) {
            field.note("no policies, so the report says nothing (RFC 8460 §4.4)");
        }
        var results = new ArrayList<PolicyResult>();
        for (Field element : elements) {
            if (element.hasMembers()) {
                results.add(result(element));
            } else {
                element.note("an object is expected (RFC 8460 §4.4); left out");
            }
        }
        return results;
    }

    private PolicyResult result(Field element) throws NoReportException {
        ReportedPolicy policy = PolicyFields.policy(part(element, FieldNames.POLICY));
        Field summary = part(element, FieldNames.SUMMARY);
        long successful = summary.count(FieldNames.SUCCESSFUL);
        long failed = summary.count(FieldNames.FAILED);
        List<FailureDetails> failures = failures(element.member(FieldNames.DETAILS), failed);
        long detailed = failures.stream().mapToLong(FailureDetails::sessions).sum();
        // They may add up to more: a session can fail in several ways (RFC 8460 §4).
        if (detailed < failed || (failed == 0 && detailed > 0)) {
            summary.note("the counts of the details do not add up (RFC 8460 §4.4): " + detailed + " of " + failed);
        }
        return new PolicyResult(policy, successful, failed, failures);
    }

    /// The object of that name, or its surroundings when a report is flatter than it should be.
    private static Field part(Field element, String name) {
        Field part = element.member(name);
        if (part.hasMembers()) {
            return part;
        }
        part.note("an object is expected (RFC 8460 §4.4)");
        return element;
    }

    private List<FailureDetails> failures(Field field, long failed) throws NoReportException {
        List<Field> elements = field.elements();
        details += elements.size();
        if (details > MOST_DETAILS) {
            throw new NoReportException(field.place(), "more than " + MOST_DETAILS + " failure details");
        }
        var failures = new ArrayList<FailureDetails>();
        for (Field element : elements) {
            if (element.hasMembers()) {
                // A lone detail without a count is about all that failed.
                long assumed = elements.size() == 1 && failed > 0 ? failed : 1;
                failures.add(PolicyFields.failure(element, assumed));
            } else {
                element.note("an object is expected (RFC 8460 §4.4); left out");
            }
        }
        return failures;
    }
}
