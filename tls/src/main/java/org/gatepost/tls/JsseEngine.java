// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.nio.ByteBuffer;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/// The Java runtime's own engine. It does not tell which group was negotiated.
///
/// @param engine fresh, its side chosen
record JsseEngine(SSLEngine engine) implements TlsEngine {
    @Override
    public boolean isClient() {
        return engine.getUseClientMode();
    }

    @Override
    public void beginHandshake() throws SSLException {
        engine.beginHandshake();
    }

    @Override
    public HandshakeStatus status() {
        return engine.getHandshakeStatus();
    }

    @Override
    public void runTasks() {
        Runnable task;
        while ((task = engine.getDelegatedTask()) != null) {
            task.run();
        }
    }

    @Override
    public SSLEngineResult unwrap(ByteBuffer network, ByteBuffer plaintext) throws SSLException {
        return engine.unwrap(network, plaintext);
    }

    @Override
    public SSLEngineResult wrap(ByteBuffer plaintext, ByteBuffer network) throws SSLException {
        return engine.wrap(plaintext, network);
    }

    @Override
    public void closeOutbound() {
        engine.closeOutbound();
    }

    @Override
    public int packetSize() {
        return engine.getSession().getPacketBufferSize();
    }

    @Override
    public int plaintextSize() {
        return engine.getSession().getApplicationBufferSize();
    }

    @Override
    public HandshakeFacts facts() throws SSLException {
        SSLSession session = engine.getSession();
        Certificate[] shown = isClient() ? session.getPeerCertificates() : session.getLocalCertificates();
        List<X509Certificate> chain = Stream.of(shown == null ? new Certificate[0] : shown)
                .map(X509Certificate.class::cast)
                .toList();
        if (chain.isEmpty()) {
            throw new SSLException("(certificate_required) a handshake without a certificate");
        }
        return new HandshakeFacts(session.getProtocol(), session.getCipherSuite(), chain);
    }

    @Override
    public void release() {
        // All of it lies on the heap.
    }
}
