// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/// A message that a host took responsibility for.
///
/// @param clientName what the client called itself in EHLO or HELO
/// @param reversePath without angle brackets; empty for the null reverse-path
/// @param forwardPaths without angle brackets
/// @param parameters what followed the reverse-path, such as `SIZE=1000 BODY=8BITMIME`
/// @param content the octets as sent, dot-stuffing taken away, each as one character (Latin-1)
/// @param tls empty when it came in clear
public record ReceivedMessage(
        String clientName,
        String reversePath,
        List<String> forwardPaths,
        String parameters,
        String content,
        Optional<Tls> tls) {
    public ReceivedMessage {
        forwardPaths = List.copyOf(forwardPaths);
    }

    /// What protected the connection.
    ///
    /// @param protocol as JSSE names it, such as `TLSv1.3`
    /// @param requestedName the server name the client asked for; empty when none
    public record Tls(String protocol, String cipherSuite, String requestedName) {}

    public byte[] octets() {
        return content.getBytes(StandardCharsets.ISO_8859_1);
    }
}
