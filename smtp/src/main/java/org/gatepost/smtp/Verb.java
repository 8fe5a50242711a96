// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.Locale;

/// The commands as the server tells them apart.
enum Verb {
    EHLO,
    HELO,
    MAIL,
    RCPT,
    DATA,
    BDAT,
    RSET,
    NOOP,
    QUIT,
    VRFY,
    HELP,
    STARTTLS,
    AUTH,
    /// A command of a known extension that is not offered.
    UNIMPLEMENTED,
    /// A sign that the client speaks another protocol, or sends octets that must not be read as commands.
    FOREIGN,
    UNKNOWN;

    static Verb of(String word) {
        return switch (word.toUpperCase(Locale.ROOT)) {
            case "EHLO" -> EHLO;
            case "HELO" -> HELO;
            case "MAIL" -> MAIL;
            case "RCPT" -> RCPT;
            case "DATA" -> DATA;
            case "BDAT" -> BDAT;
            case "RSET" -> RSET;
            case "NOOP" -> NOOP;
            case "QUIT" -> QUIT;
            case "VRFY" -> VRFY;
            case "HELP" -> HELP;
            case "STARTTLS" -> STARTTLS;
            case "AUTH" -> AUTH;
            case "EXPN", "ETRN", "TURN", "ATRN", "SEND", "SOML", "SAML" -> UNIMPLEMENTED;
            // HTTP verbs come from browsers and proxies that somebody points at this port.
            case "GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT" -> FOREIGN;
            default -> UNKNOWN;
        };
    }
}
