// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.gatepost.tlsrpt.TlsReport;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;

/// Bounds what one report may take of the store: the details of the most sessions stay, the others are added up by
/// result type, so that no count changes.
final class DetailFold {
    /// Result types of strangers that are kept apart in one policy; RFC 8460 §4.3 has eleven.
    private static final int MOST_TYPES = 32;

    private static final String OTHER = "other";

    private DetailFold() {}

    static TlsReport fold(TlsReport report, int most) {
        long details = report.policies().stream()
                .mapToLong(policy -> policy.failures().size())
                .sum();
        if (details <= most) {
            return report;
        }
        int each = Math.max(1, most / report.policies().size());
        return new TlsReport(
                report.organizationName(),
                report.start(),
                report.end(),
                report.contactInfo(),
                report.reportId(),
                report.policies().stream().map(policy -> fold(policy, each)).toList());
    }

    private static PolicyResult fold(PolicyResult policy, int most) {
        if (policy.failures().size() <= most) {
            return policy;
        }
        List<FailureDetails> bySessions = policy.failures().stream()
                .sorted(Comparator.comparingLong(FailureDetails::sessions).reversed())
                .toList();
        List<FailureDetails> kept = new ArrayList<>(bySessions.subList(0, most));
        TreeMap<String, Long> sums = new TreeMap<>();
        List<FailureDetails> rest = bySessions.subList(most, bySessions.size());
        for (FailureDetails details : rest) {
            boolean room = sums.containsKey(details.resultType()) || sums.size() < MOST_TYPES;
            sums.merge(room ? details.resultType() : OTHER, details.sessions(), DetailFold::add);
        }
        sums.forEach((type, sessions) -> kept.add(new FailureDetails(type, folded(rest.size()), sessions)));
        return new PolicyResult(policy.policy(), policy.successful(), policy.failed(), kept);
    }

    private static FailedSession folded(int count) {
        return new FailedSession(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of("among " + count + " further failure details, added up here"),
                Optional.empty());
    }

    /// Counts of strangers may be anything within their range; a sum beyond it stays at its end.
    private static long add(long a, long b) {
        return Math.min(a + b, TlsReport.MOST_SESSIONS);
    }
}
