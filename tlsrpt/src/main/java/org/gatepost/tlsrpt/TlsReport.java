// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A TLS report: what it says, ours or a received one. Reports of strangers hold whatever they hold, so names,
/// addresses and types are text here; those that we send are made of typed values.
///
/// @param start first instant of the time it covers
/// @param end last second of it, as RFC 8460 §4.1 has it: 23:59:59 of the day
/// @param contactInfo how to reach whoever made it: a mailbox or whatever else
/// @param reportId unique to the sender
/// @spec https://www.rfc-editor.org/rfc/rfc8460 RFC 8460 §4.4
public record TlsReport(
        String organizationName,
        Instant start,
        Instant end,
        Optional<String> contactInfo,
        String reportId,
        List<PolicyResult> policies) {
    /// The greatest count that every reader of JSON takes as it is (RFC 7493 §2.2).
    public static final long MOST_SESSIONS = (1L << 53) - 1;

    public TlsReport {
        if (end.isBefore(start)) {
            throw new IllegalArgumentException("a report ends after it starts");
        }
        policies = List.copyOf(policies);
    }

    private static void requireCount(long sessions) {
        if (sessions < 0 || sessions > MOST_SESSIONS) {
            throw new IllegalArgumentException("a count of sessions is from 0 to 2^53 - 1");
        }
    }

    /// What became of the sessions under one policy.
    ///
    /// @param successful sessions with TLS as the policy wants it
    /// @param failed sessions without
    /// @param failures why; their counts add up to more than `failed` where a session failed in several ways,
    /// and to
    /// less in some reports
    public record PolicyResult(ReportedPolicy policy, long successful, long failed, List<FailureDetails> failures) {
        public PolicyResult {
            requireCount(successful);
            requireCount(failed);
            failures = List.copyOf(failures);
        }
    }

    /// The policy as it was applied (RFC 8460 §4.4).
    ///
    /// @param type `tlsa`, `sts` or `no-policy-found`; anything in the reports of strangers
    /// @param strings the lines of an MTA-STS policy or the TLSA records, as RFC 8460 §4.4 wants them; may be
    /// empty
    /// @param domain whose policy it is: the recipient domain, or the TLSA base domain (RFC 8460 §1.1);
    /// A-labels
    /// @param mxHosts the `mx` patterns of an MTA-STS policy; may be empty
    public record ReportedPolicy(String type, List<String> strings, String domain, List<String> mxHosts) {
        public ReportedPolicy {
            strings = List.copyOf(strings);
            mxHosts = List.copyOf(mxHosts);
        }
    }

    /// Sessions that failed in the same way.
    ///
    /// @param resultType one of [ResultType]; anything in the reports of strangers
    /// @param sessions how many
    public record FailureDetails(String resultType, FailedSession session, long sessions) {
        public FailureDetails {
            requireCount(sessions);
        }
    }

    /// Where a session failed, and what more is known. Each part may be missing.
    ///
    /// @param sendingMtaIp the sender's address
    /// @param receivingMxHostname the name in the MX record
    /// @param receivingMxHelo the name in the receiver's answer to EHLO
    /// @param receivingIp the address connected to
    /// @param additionalInformation words or an address of a page
    /// @param failureReasonCode a word of the sender's software
    public record FailedSession(
            Optional<String> sendingMtaIp,
            Optional<String> receivingMxHostname,
            Optional<String> receivingMxHelo,
            Optional<String> receivingIp,
            Optional<String> additionalInformation,
            Optional<String> failureReasonCode) {
        /// The same with another place to read about it.
        public FailedSession withInformation(String additionalInformation) {
            return new FailedSession(
                    sendingMtaIp,
                    receivingMxHostname,
                    receivingMxHelo,
                    receivingIp,
                    Optional.of(additionalInformation),
                    failureReasonCode);
        }

        /// Nothing known but that it failed.
        public static final FailedSession UNKNOWN = new FailedSession(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }
}
