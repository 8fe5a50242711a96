// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

/// Why a message is refused while it comes in. In order of precedence: the first one found stands, save that
/// [#MISFRAMED] displaces the others.
enum ContentRefusal {
    /// A bare CR, a bare LF or a NUL. The connection ends with the reply: the client, or whoever wrote through
    /// it, may believe that the message ended earlier, and nothing after it is taken as a command.
    MISFRAMED(554, "5.6.0", "The message holds a bare CR, a bare LF or a NUL (RFC 5321 section 2.3.8); closing"),
    LINE_TOO_LONG(554, "5.6.0", "The message has a line that is too long (RFC 5321 section 4.5.3.1.6)"),
    HEADER_TOO_LARGE(552, "5.3.4", "The message header is too large"),
    MESSAGE_TOO_LARGE(552, "5.3.4", "The message is larger than the announced SIZE limit"),
    /// Our own store failed: the client must try again.
    STORE_FAILED(451, "4.3.0", "Local error; the message was not stored");

    private final int code;
    private final String enhanced;
    private final String text;

    ContentRefusal(int code, String enhanced, String text) {
        this.code = code;
        this.enhanced = enhanced;
        this.text = text;
    }

    Reply reply() {
        return Reply.of(code, enhanced, text);
    }
}
