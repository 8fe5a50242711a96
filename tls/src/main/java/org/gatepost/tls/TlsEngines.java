// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.gatepost.names.DomainName;

/// Where the Java runtime's engines come from.
final class TlsEngines {
    private static final String PROVIDER = "SunJSSE";
    private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    static {
        // Read whenever a context is made. Left on, the provider announces a ticket in TLS 1.2 and then sends none for
        // a session that cannot be resumed, which OpenSSL refuses; jdk.tls.server.newSessionTicketCount=0 has the same
        // flaw. Off, TLS 1.2 knows no tickets, and ServerIdentity keeps those of TLS 1.3 away.
        System.setProperty("jdk.tls.server.enableSessionTicketExtension", "false");
    }

    private TlsEngines() {}

    /// A client's engine that has nothing in common with any other, so no session can be resumed: a resumed
    /// handshake shows no certificate and skips the trust manager.
    static SSLEngine client(DomainName serverName) {
        // Without a peer's name and port the engine would not look for a session even in a shared context.
        SSLEngine engine = context(new KeyManager[0], new TrustManager[] {new KeepAnyChain()})
                .createSSLEngine();
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(PROTOCOLS.toArray(new String[0]));
        parameters.setServerNames(
                sniName(serverName).map(List::<SNIServerName>of).orElse(List.of()));
        engine.setSSLParameters(parameters);
        return engine;
    }

    static SSLContext serverContext(ServerIdentity identity) {
        return context(new KeyManager[] {identity}, new TrustManager[] {new KeepAnyChain()});
    }

    static SSLEngine server(SSLContext context) {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(PROTOCOLS.toArray(new String[0]));
        parameters.setUseCipherSuitesOrder(true);
        engine.setSSLParameters(parameters);
        return engine;
    }

    private static SSLContext context(KeyManager[] keys, TrustManager[] trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLS", PROVIDER);
            context.init(keys, trust, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the Java runtime lacks its TLS provider " + PROVIDER, e);
        }
    }

    /// Only host names go into SNI (RFC 6066 §3): not the root, not what looks like an address, not
    /// underscores.
    static Optional<SNIHostName> sniName(DomainName name) {
        if (name.isRoot() || name.labels().getLast().chars().allMatch(Character::isDigit)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new SNIHostName(name.ascii()));
        } catch (IllegalArgumentException notAHostName) {
            return Optional.empty();
        }
    }

    /// Takes any chain. The handshake proves that the peer holds the leaf's private key; whether the
    /// certificate is good enough is judged afterwards by policy, from the chain in [HandshakeFacts]. Being
    /// an extended trust manager also keeps the provider from adding checks of its own.
    private static final class KeepAnyChain extends X509ExtendedTrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
