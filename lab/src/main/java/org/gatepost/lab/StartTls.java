// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

/// What becomes of TLS at a mail host, by its own fault or by somebody's in the path.
public enum StartTls {
    OFFERED("offers STARTTLS"),
    /// Not in the EHLO reply, and the command is answered with 502.
    STRIPPED("STARTTLS is stripped"),
    /// Offered, then answered with 454.
    REFUSED("STARTTLS is offered, then refused"),
    /// A ServerHello of TLS 1.1 to whatever is offered.
    ONLY_TLS_1_1("speaks nothing above TLS 1.1"),
    /// Octets that are no TLS in place of a ServerHello.
    GARBAGE("answers the handshake with garbage"),
    /// The connection is closed in place of a ServerHello.
    CLOSED("closes the connection in the handshake");

    private final String description;

    StartTls(String description) {
        this.description = description;
    }

    public String description() {
        return description;
    }
}
