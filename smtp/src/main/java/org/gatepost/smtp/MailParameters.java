// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.Optional;
import java.util.OptionalLong;
import org.gatepost.names.Mailbox;

/// What a MAIL command said.
///
/// @param reversePath empty for the null reverse-path `<>`
/// @param declaredSize octets, from SIZE (RFC 1870); never above the announced limit
/// @param smtpUtf8 whether SMTPUTF8 was given (RFC 6531)
/// @param eightBitMime whether BODY=8BITMIME was given (RFC 6152)
/// @param dsn what RET and ENVID said (RFC 3461)
/// @param requireTls whether REQUIRETLS was given, which is taken over TLS only (RFC 8689)
public record MailParameters(
        Optional<Mailbox> reversePath,
        OptionalLong declaredSize,
        boolean smtpUtf8,
        boolean eightBitMime,
        MessageDsn dsn,
        boolean requireTls) {}
