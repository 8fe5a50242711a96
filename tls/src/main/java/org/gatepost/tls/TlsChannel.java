// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.io.Closeable;
import java.io.InputStream;
import java.io.OutputStream;

/// A connection after its handshake: streams for the application's octets and what the handshake showed. Blocking;
/// one reader thread and one writer thread at a time. Closing sends close_notify and closes the socket.
public interface TlsChannel extends Closeable {
    InputStream input();

    OutputStream output();

    HandshakeFacts facts();
}
