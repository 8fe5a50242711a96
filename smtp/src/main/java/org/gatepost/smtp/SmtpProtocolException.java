// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;

/// The server broke the protocol in a way that leaves no meaning to what it says. The connection must be closed;
/// the mail stays to be sent.
public final class SmtpProtocolException extends IOException {
    private final Phase phase;

    /// @param rule one printable line: what was broken, without the peer's words
    SmtpProtocolException(Phase phase, String rule) {
        super("protocol error in the reply to " + phase.command() + ": " + rule);
        this.phase = phase;
    }

    public Phase phase() {
        return phase;
    }
}
