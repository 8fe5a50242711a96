// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.util.Optional;

/// What a mail holds that came to an address for reports.
public sealed interface MailedReport {
    /// A part that is, or pretends to be, a report.
    ///
    /// @param reportDomain `TLS-Report-Domain`, as the mail has it
    /// @param submitter `TLS-Report-Submitter`, as the mail has it
    /// @param filename of the part
    /// @param report deviations of the mail stand before those of the report; one that is unreadable has only
    /// its reason
    record Found(
            Optional<String> reportDomain, Optional<String> submitter, Optional<String> filename, ReadReport report)
            implements MailedReport {}

    /// Mail of another kind, or beyond the bounds.
    ///
    /// @param reason one printable line
    record NoReport(String reason) implements MailedReport {}
}
