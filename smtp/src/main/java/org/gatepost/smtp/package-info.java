// SPDX-License-Identifier: Apache-2.0

/// SMTP: replies, envelope grammar, and both halves of the conversation over streams that somebody else opens.
///
/// [SmtpServerSession] receives mail from one connection, [SmtpClientSession] hands mail over to one. Neither
/// knows sockets or TLS: the caller upgrades the connection when the conversation says so, and sets read
/// time-outs. Everything a peer can send is bounded, and octets that came before a TLS handshake never count
/// after it.
///
/// What a peer may do wrong, and what happens then, stands at the type that decides it: line framing in
/// `PeerInput`, message framing in `ContentReader`, replies in `ReplyReader`.
///
/// @spec https://www.rfc-editor.org/rfc/rfc5321 RFC 5321: SMTP
/// @spec https://www.rfc-editor.org/rfc/rfc2920 RFC 2920: PIPELINING
/// @spec https://www.rfc-editor.org/rfc/rfc3207 RFC 3207: STARTTLS
@NullMarked
package org.gatepost.smtp;

import org.jspecify.annotations.NullMarked;
