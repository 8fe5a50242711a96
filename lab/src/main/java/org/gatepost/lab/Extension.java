// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

/// The SMTP extensions that a mail host can offer besides STARTTLS.
public enum Extension {
    PIPELINING,
    SIZE,
    EIGHTBITMIME,
    SMTPUTF8,
    ENHANCEDSTATUSCODES,
    /// Offered over TLS only (RFC 8689 §2).
    REQUIRETLS;

    /// The extension's EHLO line.
    String line() {
        return switch (this) {
            case SIZE -> "SIZE 67108864";
            case PIPELINING, EIGHTBITMIME, SMTPUTF8, ENHANCEDSTATUSCODES, REQUIRETLS -> name().replace("EIGHT", "8");
        };
    }
}
