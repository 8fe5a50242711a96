// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import io.netty.internal.tcnative.SSL;
import java.io.ByteArrayInputStream;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.gatepost.names.DomainName;
import org.jspecify.annotations.Nullable;

/// An engine of BoringSSL.
///
/// Every member that reaches the native connection holds this object's monitor and first looks whether the connection
/// still exists, so that no thread can use it while another gives it back. No such call blocks. An engine that is
/// forgotten without [#release] is given back by the garbage collector.
final class NativeEngine implements TlsEngine {
    private static final int MAX_PLAINTEXT = 16_384;
    private static final int HEADER = 5;

    /// What the engine answers by itself while it reads (the end of a handshake, alerts, key updates) waits here.
    private static final int OWN_MESSAGES = 2048;

    private static final Cleaner CLEANER = Cleaner.create();

    /// Whose turn it is, while the library calls back.
    private static final Map<Long, NativeEngine> SHAKING = new ConcurrentHashMap<>();

    /// Native connections that exist; tests look for leaks here.
    static final AtomicLong LIVE = new AtomicLong();

    private final boolean client;
    private final Connection connection;
    private final Cleaner.Cleanable cleanable;
    private List<X509Certificate> chain = List.of();
    private boolean begun;
    private boolean shaken;
    private boolean outputBlocked;
    private boolean inboundEnded;
    private boolean closing;
    private boolean closeSent;
    private boolean failed;

    private NativeEngine(boolean client) {
        this.client = client;
        connection = new Connection(client ? NativeContexts.CLIENT : NativeContexts.SERVER, !client);
        cleanable = CLEANER.register(this, connection);
    }

    static NativeEngine client(DomainName serverName) {
        NativeEngine engine = new NativeEngine(true);
        TlsEngines.sniName(serverName)
                .map(SNIHostName::getAsciiName)
                .ifPresent(name -> SSL.setTlsExtHostName(engine.connection.ssl, name));
        return engine;
    }

    static NativeEngine server(NativeIdentity identity) {
        NativeEngine engine = new NativeEngine(false);
        identity.giveTo(engine.connection.ssl);
        engine.chain = identity.chain();
        return engine;
    }

    /// The native side: the connection, which owns the place its octets pass through.
    private static final class Connection implements Runnable {
        private long ssl;
        private long bio;

        Connection(long context, boolean server) {
            ssl = SSL.newSSL(context, server);
            bio = SSL.bioNewByteBuffer(ssl, OWN_MESSAGES);
            LIVE.incrementAndGet();
        }

        boolean isReleased() {
            return ssl == 0;
        }

        @Override
        public void run() {
            SSL.freeSSL(ssl);
            ssl = 0;
            bio = 0;
            LIVE.decrementAndGet();
        }
    }

    @Override
    public boolean isClient() {
        return client;
    }

    @Override
    public synchronized void beginHandshake() {
        begun = true;
    }

    @Override
    public synchronized HandshakeStatus status() {
        if (connection.isReleased()) {
            return HandshakeStatus.NOT_HANDSHAKING;
        }
        boolean owesClose = inboundEnded && closing && !closeSent;
        if (outputBlocked || owesClose || SSL.bioLengthNonApplication(connection.bio) > 0) {
            return HandshakeStatus.NEED_WRAP;
        }
        if (shaken) {
            return HandshakeStatus.NOT_HANDSHAKING;
        }
        return client && begun ? HandshakeStatus.NEED_WRAP : HandshakeStatus.NEED_UNWRAP;
    }

    @Override
    public void runTasks() {
        // Everything is computed within wrap and unwrap.
    }

    @Override
    public synchronized SSLEngineResult unwrap(ByteBuffer network, ByteBuffer plaintext) throws SSLException {
        if (inboundEnded) {
            return result(Status.CLOSED, 0, 0);
        }
        int record = connection.isReleased() ? 0 : nextRecord(network);
        if (record == 0) {
            return result(Status.BUFFER_UNDERFLOW, 0, 0);
        }
        if (plaintext.remaining() < MAX_PLAINTEXT) {
            return result(Status.BUFFER_OVERFLOW, 0, 0);
        }
        NativeScratch scratch = NativeScratch.borrow();
        try {
            scratch.in().put(network, record);
            SSL.bioSetByteBuffer(connection.bio, scratch.in().address(), record, false);
            int produced = 0;
            if (shaken) {
                produced = read(scratch.out(), plaintext);
            } else {
                shake();
            }
            int consumed = record - SSL.bioLengthByteBuffer(connection.bio);
            network.position(network.position() + consumed);
            return result(inboundEnded ? Status.CLOSED : Status.OK, consumed, produced);
        } finally {
            SSL.bioClearByteBuffer(connection.bio);
            scratch.giveBack();
        }
    }

    /// The length of the record that begins here, or 0 when it is not all there. What is no record is handed over as
    /// far as it is there, for the library to refuse.
    private static int nextRecord(ByteBuffer network) {
        int there = network.remaining();
        if (there < HEADER) {
            return 0;
        }
        int type = network.get(network.position()) & 0xFF;
        int length = HEADER + (network.getShort(network.position() + 3) & 0xFFFF);
        if (type < 20 || type > 23 || length > NativeScratch.MAX_RECORD) {
            return Math.min(there, NativeScratch.MAX_RECORD);
        }
        return there < length ? 0 : length;
    }

    private int read(NativeScratch.Area area, ByteBuffer plaintext) throws SSLException {
        int count = SSL.readFromSSL(connection.ssl, area.address(), MAX_PLAINTEXT);
        if (count > 0) {
            area.take(plaintext, count);
            return count;
        }
        int error = SSL.getError(connection.ssl, count);
        if (error == SSL.SSL_ERROR_ZERO_RETURN) {
            inboundEnded = true;
            // TLS 1.2 knows no half-closed connection (RFC 5246 §7.2.1).
            closing |= SSL.getVersion(connection.ssl).equals("TLSv1.2");
        } else {
            goOnAfter(error);
        }
        return 0;
    }

    /// Takes the handshake as far as what has arrived allows.
    private void shake() throws SSLException {
        SHAKING.put(connection.ssl, this);
        try {
            int done = SSL.doHandshake(connection.ssl);
            if (done == 1) {
                shaken = true;
                outputBlocked = false;
            } else {
                goOnAfter(SSL.getError(connection.ssl, done));
            }
        } finally {
            SHAKING.remove(connection.ssl);
        }
    }

    /// Notes what the connection waits for.
    private void goOnAfter(int error) throws SSLException {
        outputBlocked = error == SSL.SSL_ERROR_WANT_WRITE;
        if (!outputBlocked && error != SSL.SSL_ERROR_WANT_READ) {
            failed = true;
            int code = SSL.getLastErrorNumber();
            String text = code == 0 ? "" : SSL.getErrorString(code & 0xFFFF_FFFFL);
            SSL.clearError();
            throw new BoringSslError(code, text).toException();
        }
    }

    /// Called back in the course of [#shake], on its thread: keeps the chain as the server sent it.
    ///
    /// @return false when a certificate cannot be read
    static boolean keepChain(long ssl, byte[][] sent) {
        NativeEngine engine = SHAKING.get(ssl);
        if (engine == null) {
            return false;
        }
        List<X509Certificate> read = new ArrayList<>(sent.length);
        try {
            for (byte[] certificate : sent) {
                read.add(parse(certificate));
            }
        } catch (CertificateException | RuntimeException unreadable) {
            // Whatever the parser throws at octets of a stranger, this one handshake fails.
            return false;
        }
        engine.chain = List.copyOf(read);
        return true;
    }

    /// MX hosts show the same certificates again and again; the runtime's factory keeps the last 750 that it read.
    static X509Certificate parse(byte[] der) throws CertificateException {
        var octets = new ByteArrayInputStream(der);
        var certificate = CertificateFactory.getInstance("X.509").generateCertificate(octets);
        if (octets.available() > 0 || !(certificate instanceof X509Certificate read)) {
            throw new CertificateException("no single X.509 certificate");
        }
        return read;
    }

    @Override
    public synchronized SSLEngineResult wrap(ByteBuffer plaintext, ByteBuffer network) throws SSLException {
        if (connection.isReleased()) {
            return result(Status.CLOSED, 0, 0);
        }
        if (network.remaining() < NativeScratch.MAX_RECORD) {
            return result(Status.BUFFER_OVERFLOW, 0, 0);
        }
        NativeScratch scratch = NativeScratch.borrow();
        try {
            SSL.bioSetByteBuffer(connection.bio, scratch.out().address(), NativeScratch.MAX_RECORD, true);
            SSL.bioFlushByteBuffer(connection.bio);
            int consumed = 0;
            if (!failed) {
                consumed = produce(scratch.in(), plaintext);
            }
            int produced = NativeScratch.MAX_RECORD - SSL.bioLengthByteBuffer(connection.bio);
            scratch.out().take(network, produced);
            boolean ended = closeSent || (failed && produced == 0);
            return result(ended ? Status.CLOSED : Status.OK, consumed, produced);
        } finally {
            SSL.bioClearByteBuffer(connection.bio);
            scratch.giveBack();
        }
    }

    /// @return how much of the plaintext was taken
    private int produce(NativeScratch.Area area, ByteBuffer plaintext) throws SSLException {
        outputBlocked = false;
        if (!shaken) {
            begun = false;
            shake();
        } else if (closing) {
            if (!closeSent) {
                closeSent = true;
                SSL.shutdownSSL(connection.ssl);
                SSL.clearError();
            }
        } else if (plaintext.hasRemaining()) {
            return write(area, plaintext);
        }
        return 0;
    }

    private int write(NativeScratch.Area area, ByteBuffer plaintext) throws SSLException {
        int length = Math.min(plaintext.remaining(), MAX_PLAINTEXT);
        area.put(plaintext, length);
        int written = SSL.writeToSSL(connection.ssl, area.address(), length);
        if (written > 0) {
            plaintext.position(plaintext.position() + written);
            return written;
        }
        goOnAfter(SSL.getError(connection.ssl, written));
        return 0;
    }

    private SSLEngineResult result(Status status, int consumed, int produced) {
        return new SSLEngineResult(status, status(), consumed, produced);
    }

    @Override
    public synchronized void closeOutbound() {
        closing = true;
    }

    @Override
    public int packetSize() {
        return NativeScratch.MAX_RECORD;
    }

    @Override
    public int plaintextSize() {
        return MAX_PLAINTEXT;
    }

    @Override
    public synchronized HandshakeFacts facts() throws SSLException {
        if (connection.isReleased() || chain.isEmpty()) {
            throw new SSLException("(certificate_required) a handshake without a certificate");
        }
        return new HandshakeFacts(
                SSL.getVersion(connection.ssl),
                NativeContexts.suiteName(SSL.getCipherForSSL(connection.ssl)),
                group(),
                chain);
    }

    private Optional<String> group() {
        try {
            @Nullable String name = SSL.getGroupName(connection.ssl);
            return Optional.ofNullable(name).map(NativeContexts::groupName);
        } catch (Exception untold) {
            return Optional.empty();
        }
    }

    @Override
    public synchronized void release() {
        cleanable.clean();
    }
}
