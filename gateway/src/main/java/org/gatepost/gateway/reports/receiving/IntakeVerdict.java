// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.receiving;

import org.gatepost.names.DomainName;

/// What became of something that came as a report. Texts are one printable line each.
public sealed interface IntakeVerdict {
    /// Durable.
    record Stored(long number) implements IntakeVerdict {}

    /// There already, as the report of that number (RFC 8460 §4.4: report ids are unique).
    record Duplicate(long number) implements IntakeVerdict {}

    /// No report in it at all.
    record NoReport(String reason) implements IntakeVerdict {}

    /// A report that cannot be read.
    ///
    /// @param problem the place and the rule
    record Unreadable(String problem) implements IntakeVerdict {}

    /// About domains that are not ours.
    record NotOurs(String domains) implements IntakeVerdict {}

    /// Without a valid signature of the domain that it comes from (RFC 8460 §3).
    ///
    /// @param signed whether there was a valid one of another domain
    record NotVouchedFor(boolean signed, String reason) implements IntakeVerdict {}

    /// Whether the signature is valid cannot be known now.
    record NotVerified(String reason) implements IntakeVerdict {}

    /// The domain has had its share of the day (RFC 8460 §7: floods).
    record TooMany(DomainName domain) implements IntakeVerdict {}

    /// Trouble of ours: the sender keeps it and tries again.
    record Unavailable(String reason) implements IntakeVerdict {}
}
