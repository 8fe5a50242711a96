// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.net.Socket;
import java.time.Duration;
import org.gatepost.names.DomainName;

/// The client's side of TLS by BoringSSL, several times faster than the Java runtime's. Stateless: no two handshakes
/// share a session. May only be used when [NativeLibrary#trouble] is empty.
final class NativeTlsClient implements TlsClient {
    @Override
    public TlsChannel handshake(Socket socket, DomainName serverName, Duration deadline) throws HandshakeException {
        return Handshake.complete(NativeEngine.client(serverName), socket, deadline);
    }
}
