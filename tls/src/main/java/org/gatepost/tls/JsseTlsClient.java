// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.net.Socket;
import java.time.Duration;
import org.gatepost.names.DomainName;

/// The client's side of TLS by the Java runtime's own engine. Stateless: no two handshakes share a session.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8446 RFC 8446: TLS 1.3
/// @spec https://www.rfc-editor.org/rfc/rfc5246 RFC 5246: TLS 1.2
public final class JsseTlsClient implements TlsClient {
    @Override
    public TlsChannel handshake(Socket socket, DomainName serverName, Duration deadline) throws HandshakeException {
        return Handshake.complete(new JsseEngine(TlsEngines.client(serverName)), socket, deadline);
    }
}
