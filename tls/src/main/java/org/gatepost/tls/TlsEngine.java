// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/// One side of one TLS connection as a machine without a socket: records go in and come out. The contract is that
/// of [javax.net.ssl.SSLEngine], reduced to what a channel needs.
///
/// Messages of the exceptions name the alert in the manner of the Java runtime, which [HandshakeFailures] reads:
/// `(handshake_failure) …` for one of ours, `Received fatal alert: handshake_failure` for one of the peer's.
sealed interface TlsEngine permits JsseEngine, NativeEngine {
    boolean isClient();

    void beginHandshake() throws SSLException;

    HandshakeStatus status();

    /// Runs what the engine computes outside of wrap and unwrap.
    void runTasks();

    /// Takes at most one record from `network`.
    SSLEngineResult unwrap(ByteBuffer network, ByteBuffer plaintext) throws SSLException;

    /// Makes at most one record of application data, after what the engine itself owes the peer. Both buffers are
    /// backed by arrays.
    SSLEngineResult wrap(ByteBuffer plaintext, ByteBuffer network) throws SSLException;

    /// The next wrap makes close_notify, and no data goes out afterwards.
    void closeOutbound();

    /// The largest record, in octets.
    int packetSize();

    /// The most plaintext that a record may carry, in octets.
    int plaintextSize();

    /// What the completed handshake showed.
    HandshakeFacts facts() throws SSLException;

    /// Gives back what the engine holds outside of the Java heap. Idempotent; the engine is closed afterwards.
    void release();
}
