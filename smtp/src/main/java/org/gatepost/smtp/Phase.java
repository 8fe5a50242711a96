// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.time.Duration;

/// Where a client session stands: what it sends, or which reply it waits for.
///
/// @spec https://www.rfc-editor.org/rfc/rfc5321 RFC 5321 §4.5.3.2: Timeouts
public enum Phase {
    /// Waiting for the greeting (§4.5.3.2.1).
    BANNER("banner", Duration.ofMinutes(5)),
    /// EHLO or HELO; no time is set by the RFC, taken as for MAIL.
    EHLO("EHLO", Duration.ofMinutes(5)),
    /// STARTTLS; no time is set by the RFC, taken as for MAIL.
    STARTTLS("STARTTLS", Duration.ofMinutes(5)),
    /// MAIL (§4.5.3.2.2).
    MAIL("MAIL", Duration.ofMinutes(5)),
    /// RCPT (§4.5.3.2.3).
    RCPT("RCPT", Duration.ofMinutes(5)),
    /// DATA, until 354 (§4.5.3.2.4).
    DATA("DATA", Duration.ofMinutes(2)),
    /// Each write of message content (§4.5.3.2.5).
    CONTENT("content", Duration.ofMinutes(3)),
    /// From the final dot on (§4.5.3.2.6): whoever gives up here may cause a duplicate.
    MESSAGE("message", Duration.ofMinutes(10)),
    /// RSET between two transactions.
    RSET("RSET", Duration.ofMinutes(5)),
    /// QUIT: nothing depends on the reply any more.
    QUIT("QUIT", Duration.ofSeconds(10));

    private final String command;
    private final Duration timeout;

    Phase(String command, Duration timeout) {
        this.command = command;
        this.timeout = timeout;
    }

    /// The command that the phase belongs to, as diagnostics name it: `banner`, `EHLO`, `MAIL`, `RCPT`, `DATA`,
    /// `message` …
    public String command() {
        return command;
    }

    /// How long a client should wait at least (RFC 5321 §4.5.3.2).
    public Duration timeout() {
        return timeout;
    }
}
