// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// A connection after its handshake: streams for the application's octets and what the handshake showed.
/// Blocking; one reader thread and one writer thread at a time. Closing sends close_notify and closes the
/// socket.
///
/// Messages of the exceptions thrown are one printable line about the peer.
public interface TlsChannel extends Closeable {
    /// What the peer sends. A read waits as long as the socket's SO_TIMEOUT says and then throws
    /// [java.net.SocketTimeoutException], after which reading may go on. It returns -1 after the peer's
    /// close_notify and throws [java.io.EOFException] when the connection ends without one: the data may have
    /// been cut short. Closing the stream closes the channel.
    InputStream input();

    /// What is sent to the peer: each write becomes records at once, so callers buffer. No time-out limits a
    /// write; closing the channel from another thread ends one that is blocked. Closing the stream sends
    /// close_notify only, and what the peer still sends can be read.
    OutputStream output();

    /// Whether the peer has sent something that was not read, even if it is no data of the application.
    boolean hasUnread() throws IOException;

    /// What the handshake showed. On the server's side the chain is the one that it sent itself.
    HandshakeFacts facts();
}
