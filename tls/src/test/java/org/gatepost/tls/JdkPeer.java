// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.gatepost.tls.TestPki.Issued;
import org.jspecify.annotations.Nullable;

/// The Java runtime's own TLS sockets as the other side, with session caches that do resume. As a client it
/// counts the chains that it was asked to judge: a resumed handshake has none.
final class JdkPeer {
    final AtomicInteger chainsJudged = new AtomicInteger();
    private final SSLContext context;
    private volatile boolean refuses;

    private JdkPeer(List<X509Certificate> chain, @Nullable PrivateKey key) {
        try {
            context = SSLContext.getInstance("TLS");
            KeyManager[] keys = key == null ? new KeyManager[0] : new KeyManager[] {new OneKey(chain, key)};
            context.init(keys, new TrustManager[] {new CountingTrust()}, null);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static JdkPeer server(Issued leaf, X509Certificate... chain) {
        return new JdkPeer(List.of(chain), leaf.key());
    }

    /// A client that takes no certificate.
    static JdkPeer refusing() {
        JdkPeer peer = client();
        peer.refuses = true;
        return peer;
    }

    static JdkPeer client() {
        return new JdkPeer(List.of(), null);
    }

    /// The server's side over an accepted socket; the handshake happens at the first use.
    SSLSocket accept(Socket socket, String protocol) throws IOException {
        SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(socket, null, true);
        tls.setEnabledProtocols(new String[] {protocol});
        return tls;
    }

    /// The client's side over a connected socket; one peer name for all, so that sessions are found again.
    SSLSocket connect(Socket socket, String protocol, String... sni) throws IOException {
        SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(socket, "mx.example.com", 25, true);
        tls.setUseClientMode(true);
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setProtocols(new String[] {protocol});
        parameters.setServerNames(
                List.of(sni).stream().<SNIServerName>map(SNIHostName::new).toList());
        tls.setSSLParameters(parameters);
        return tls;
    }

    private static final class OneKey extends X509ExtendedKeyManager {
        private final List<X509Certificate> chain;
        private final PrivateKey key;

        OneKey(List<X509Certificate> chain, PrivateKey key) {
            this.chain = chain;
            this.key = key;
        }

        @Override
        public @Nullable String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return keyType.equals(key.getAlgorithm()) ? "only" : null;
        }

        @Override
        public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return new String[] {"only"};
        }

        @Override
        public X509Certificate[] getCertificateChain(@Nullable String alias) {
            return chain.toArray(new X509Certificate[0]);
        }

        @Override
        public PrivateKey getPrivateKey(@Nullable String alias) {
            return key;
        }

        @Override
        public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            return new String[0];
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return null;
        }
    }

    private final class CountingTrust extends X509ExtendedTrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            chainsJudged.incrementAndGet();
            if (refuses) {
                throw new CertificateException("refused");
            }
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, javax.net.ssl.SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, javax.net.ssl.SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
