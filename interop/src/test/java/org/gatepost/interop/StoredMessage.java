// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

/// A message as the receiving MTA stored it.
///
/// @param text the file, one Latin-1 character for each octet; lines end in LF, because both MTAs store them so,
///     and the MTA's own header fields stand before those of the message
record StoredMessage(String text) {

    String header() {
        var end = text.indexOf("\n\n");
        return end < 0 ? text : text.substring(0, end + 1);
    }

    String body() {
        var end = text.indexOf("\n\n");
        return end < 0 ? "" : text.substring(end + 2);
    }

    boolean isFor(String recipient) {
        return header().contains("\nDelivered-To: " + recipient + "\n")
                || header().contains("\nEnvelope-to: " + recipient + "\n");
    }

    /// Whether the message ends with all that was sent, not a bit changed.
    ///
    /// @param sent the message as it went over the wire, CRLF lines, one Latin-1 character for each octet
    boolean holdsIntact(String sent) {
        return text.endsWith("\n" + sent.replace("\r\n", "\n"));
    }
}
