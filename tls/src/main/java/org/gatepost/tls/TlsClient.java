// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.net.Socket;
import java.time.Duration;
import org.gatepost.names.DomainName;

/// Makes the client's side of TLS connections: TLS 1.2 and 1.3, no resumption, any certificate taken and kept.
public interface TlsClient {
    /// Shakes hands over a connected socket.
    ///
    /// @param socket connected; owned by the channel afterwards, closed when the handshake fails
    /// @param serverName what SNI says; the root sends none
    /// @param deadline how long the whole handshake may take
    /// @throws HandshakeException when it does not complete, with the class of the failure and the version seen
    TlsChannel handshake(Socket socket, DomainName serverName, Duration deadline) throws HandshakeException;

    /// Whether, after a handshake with this server failed, the next one is tried in a different manner, so that
    /// connecting again at once may succeed. Never true twice in a row of failures.
    default boolean hasAnotherWay(DomainName serverName) {
        return false;
    }
}
