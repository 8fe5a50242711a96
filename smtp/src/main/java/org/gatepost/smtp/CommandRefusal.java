// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

/// A command's arguments break the grammar, or ask for what is not offered; carries the reply. Has no stack
/// trace, for it is the peer's doing and frequent.
final class CommandRefusal extends Exception {
    private final transient Reply reply;

    CommandRefusal(int code, String enhanced, String text) {
        super(text, null, false, false);
        this.reply = Reply.of(code, enhanced, text);
    }

    Reply reply() {
        return reply;
    }
}
