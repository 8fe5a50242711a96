// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

/// What a mail host does with clients and their messages.
public enum Reception {
    ACCEPTS("accepts mail"),
    /// Takes its time for every reply, as a host under load does.
    ACCEPTS_SLOWLY("accepts mail slowly"),
    /// Replies `550 5.1.1` to RCPT.
    REFUSES_RECIPIENT("does not know the recipient"),
    /// Replies `450 4.7.1` the first time that a recipient is named.
    GREYLISTS("refuses the first try (greylisting)"),
    /// Replies `450 4.7.1` every time that a recipient is named.
    GREYLISTS_FOR_EVER("refuses every try (greylisting)"),
    /// Replies `554 5.7.1` to the final dot.
    REFUSES_MESSAGE("refuses the message after it was sent"),
    /// Closes without a banner.
    CLOSES_AT_ONCE("closes the connection at once"),
    /// Takes the message and closes without a reply to the final dot.
    CLOSES_AFTER_MESSAGE("closes the connection after the message"),
    /// Accepts the connection and stays silent.
    NEVER_ANSWERS("never answers"),
    /// Nothing listens on the address.
    UNREACHABLE("refuses connections");

    private final String description;

    Reception(String description) {
        this.description = description;
    }

    public String description() {
        return description;
    }
}
