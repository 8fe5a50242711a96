// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.security.cert.X509Certificate;
import java.util.List;

/// Whether the certificates that a server sent lead to a trust anchor. Says nothing about names.
public sealed interface PathVerdict {
    /// They do.
    ///
    /// @param path leaf first, at least one; ends with the anchor where that is a certificate, else with the
    ///     one that the anchor's key signed
    record Valid(List<X509Certificate> path) implements PathVerdict {
        public Valid {
            path = List.copyOf(path);
        }
    }

    /// They do not.
    ///
    /// @param detail one printable line: which certificate breaks which rule
    record Invalid(PathProblem problem, String detail) implements PathVerdict {}
}
