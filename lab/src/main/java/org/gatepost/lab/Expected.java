// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.util.regex.Pattern;

/// How a message of a scenario must end.
public sealed interface Expected {
    /// It arrives.
    ///
    /// @param host the first label of the MX host that must have it, such as `mx1`; `attacker` when
    ///     nothing protects the domain from one; empty for the domain itself, as implicit MX
    record Delivered(Protection protection, String host) implements Expected {}

    /// It comes back to the sender.
    ///
    /// @param reply the whole final reply: code, enhanced code and text; `<reason>` stands for any
    ///     text
    /// @param heldFirst whether it must first be retried until the queue lifetime ends; else it comes
    ///     back at once
    record Returned(String reply, boolean heldFirst) implements Expected {
        private static final String ANY = "<reason>";

        public int replyCode() {
            return Integer.parseInt(reply.substring(0, 3));
        }

        /// Such as `5.7.323`.
        public String enhancedCode() {
            return reply.split(" ", 3)[1];
        }

        public String text() {
            return reply.split(" ", 3)[2];
        }

        /// Whether another final reply is this one, to the letter but for the reason.
        public boolean matches(String other) {
            String[] parts = reply.split(ANY, -1);
            var pattern = new StringBuilder(Pattern.quote(parts[0]));
            for (int i = 1; i < parts.length; i++) {
                pattern.append(".+").append(Pattern.quote(parts[i]));
            }
            return Pattern.matches(pattern.toString(), other);
        }
    }
}
