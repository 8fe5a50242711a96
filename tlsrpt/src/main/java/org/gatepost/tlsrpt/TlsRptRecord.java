// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.util.List;

/// What the TXT records at `_smtp._tls.<domain>` ask for.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8460 RFC 8460 §3
public sealed interface TlsRptRecord {
    /// Exactly one well-formed record.
    ///
    /// @param rua at least one, in the record's order; schemes that we do not know are left out
    record Published(List<ReportUri> rua) implements TlsRptRecord {
        public Published {
            rua = List.copyOf(rua);
        }
    }

    /// No record that asks for reports.
    ///
    /// @param detail one printable line: there is none, there are several, or which rule is broken and where
    record None(String detail) implements TlsRptRecord {}

    /// Reads the TXT records of one name.
    ///
    /// RFC 8460 §3 discards what does not begin with `v=TLSRPTv1;` although its grammar allows white space
    /// before the semicolon. Such a record is taken, as parsers must accept what is well-formed.
    ///
    /// @param texts each record with its strings joined, in any order
    static TlsRptRecord parse(List<String> texts) {
        List<String> candidates = texts.stream().filter(TlsRptFields::begins).toList();
        return switch (candidates.size()) {
            case 0 -> new None("no TXT record begins with " + TlsRptFields.VERSION + "; (RFC 8460 §3)");
            case 1 -> TlsRptFields.parse(candidates.getFirst());
            default ->
                new None(candidates.size() + " TXT records begin with " + TlsRptFields.VERSION
                        + ";, one is allowed (RFC 8460 §3)");
        };
    }
}
