// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.time.Duration;
import org.gatepost.names.DomainName;

/// Limits and name of a server session.
///
/// @param hostname the server's name in banner and EHLO reply, and the domain of `<postmaster>`
/// @param maximumMessageSize octets of a message after dot-unstuffing, as announced by SIZE (RFC 1870)
/// @param maximumRecipients accepted recipients of one transaction; RFC 5321 §4.5.3.1.8 asks for 100 or more
/// @param maximumCommandLine octets of a command line with its CRLF; RFC 5321 §4.5.3.1.4 asks for 512 and what the
///     extensions add
/// @param maximumTextLine octets of a message line with its CRLF; RFC 5321 §4.5.3.1.6 asks for 1000
/// @param maximumErrors faulty commands in one connection before it is closed with 421
/// @param commandTimeout for each command line to arrive as a whole; RFC 5321 §4.5.3.2.7 asks for 5 minutes
/// @param dataTimeout for each read within a message; RFC 5321 §4.5.3.2.5 grants a block 3 minutes
public record ServerOptions(
        DomainName hostname,
        long maximumMessageSize,
        int maximumRecipients,
        int maximumCommandLine,
        int maximumTextLine,
        int maximumErrors,
        Duration commandTimeout,
        Duration dataTimeout) {
    /// @throws IllegalArgumentException when a limit is below what SMTP needs to work at all
    public ServerOptions {
        require(maximumMessageSize > 0, "maximumMessageSize must be positive");
        require(maximumRecipients > 0, "maximumRecipients must be positive");
        require(maximumCommandLine >= 512, "maximumCommandLine must be at least 512 (RFC 5321 §4.5.3.1.4)");
        require(maximumTextLine >= 1000, "maximumTextLine must be at least 1000 (RFC 5321 §4.5.3.1.6)");
        require(maximumErrors > 0, "maximumErrors must be positive");
        require(commandTimeout.isPositive(), "commandTimeout must be positive");
        require(dataTimeout.isPositive(), "dataTimeout must be positive");
    }

    /// Limits that suit a relay on the open Internet.
    public static ServerOptions defaults(DomainName hostname) {
        return new ServerOptions(
                hostname, 50L << 20, 1000, 2048, 64 << 10, 20, Duration.ofMinutes(5), Duration.ofMinutes(5));
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }
}
