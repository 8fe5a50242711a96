// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;

/// A client's connection as the server session sees it. Whoever accepted the connection implements it, and
/// closes it when the session has ended.
///
/// Used by one thread. Writes must be bounded in time by the implementation, for a client may stop reading.
public interface ServerConnection {
    /// The octets from the client; a read beyond [#idleTimeout] throws [java.io.InterruptedIOException], such as
    /// `SocketTimeoutException`.
    InputStream input() throws IOException;

    /// The octets to the client; need not be buffered, as the session writes in batches.
    OutputStream output() throws IOException;

    /// Whether TLS protects the connection now.
    boolean encrypted();

    /// Whether STARTTLS can be offered.
    boolean canStartTls();

    /// Makes the TLS handshake as server. Afterwards [#input] and [#output] are the encrypted streams, and
    /// [#encrypted] is true.
    ///
    /// @throws IOException when the handshake fails; the connection is then of no more use
    void startTls() throws IOException;

    /// Sets how long one read may wait, from the next read on.
    ///
    /// @param d positive
    void idleTimeout(Duration d) throws IOException;
}
