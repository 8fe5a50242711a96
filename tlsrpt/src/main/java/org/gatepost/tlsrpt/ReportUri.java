// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.net.URI;
import org.gatepost.names.Mailbox;

/// Where a domain wants its reports (RFC 8460 §3): one value of `rua`.
///
/// A size limit such as `!10m` is DMARC's and makes a URI of this record malformed.
public sealed interface ReportUri {
    /// By mail.
    ///
    /// @param address percent-decoded; header fields that the URI suggests (RFC 6068 §2) are not taken over
    record Mail(Mailbox address) implements ReportUri {
        @Override
        public String toString() {
            return "mailto:" + address;
        }
    }

    /// By POST.
    ///
    /// @param uri its scheme is `https`, it has a host, no user information and no fragment
    record Https(URI uri) implements ReportUri {
        @Override
        public String toString() {
            return uri.toString();
        }
    }
}
