// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

/// A message's identity in the queue, unique for the life of the store; printed as operators and logs see it.
public record MessageId(long value) implements Comparable<MessageId> {
    @Override
    public int compareTo(MessageId other) {
        return Long.compare(value, other.value);
    }

    /// Upper-case base 36, at least eight characters.
    @Override
    public String toString() {
        String digits = Long.toString(value, 36).toUpperCase(java.util.Locale.ROOT);
        return "0".repeat(Math.max(0, 8 - digits.length())) + digits;
    }

    /// Reads what [#toString] prints, in any case.
    ///
    /// @throws IllegalArgumentException when the text is not an id
    public static MessageId parse(String text) {
        try {
            long value = Long.parseLong(text.toLowerCase(java.util.Locale.ROOT), 36);
            if (value >= 0) {
                return new MessageId(value);
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a queue id: '" + text + "'", e);
        }
        throw new IllegalArgumentException("not a queue id: '" + text + "'");
    }
}
