// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

/// What [PeerInput#readLine] found where a command was due.
sealed interface CommandLine {
    /// A line of printable characters, without its CRLF and trailing spaces.
    record Text(String text) implements CommandLine {}

    /// A line that holds no command; what follows its CRLF can be read on.
    record Malformed(Reply reply) implements CommandLine {}

    /// Octets that have no sure end, so that nothing after them may be taken as a command.
    record Unframed(Reply reply) implements CommandLine {}

    /// The peer closed the connection.
    record Ended() implements CommandLine {}
}
