// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;

/// Who sends the reports.
///
/// @param from the author of report mail
/// @param organization RFC 8460 §4.4, organization-name
/// @param contact RFC 8460 §4.4, contact-info; its domain is the submitter (§5.3)
/// @param informationPage explains failures; each has it with the result type as fragment (§4.4)
/// @param keys at least one: a mail without signature is worth nothing (§3)
public record Reporter(
        DomainName hostname,
        Mailbox from,
        String organization,
        Mailbox contact,
        Optional<URI> informationPage,
        List<DkimKey> keys) {
    public Reporter {
        keys = List.copyOf(keys);
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("reports by mail are signed");
        }
    }

    /// Named by `TLS-Report-Submitter`, the subject and the filename.
    DomainName submitter() {
        return switch (contact.host()) {
            case Mailbox.Host.Domain domain -> domain.name();
            case Mailbox.Host.Literal literal -> hostname;
        };
    }
}
