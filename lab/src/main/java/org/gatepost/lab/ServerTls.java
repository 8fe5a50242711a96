// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/// The server's side of TLS 1.2 and 1.3 with one certificate, whatever name is asked for.
final class ServerTls {
    // The longest life a ticket may have is 7 days (RFC 8446 §4.6.1); for a longer one JSSE sends no ticket at all,
    // and tickets on port 25 have broken clients.
    private static final int NO_TICKETS_SECONDS = 7 * 24 * 3600 + 1;

    private final SSLContext context;

    ServerTls(CertifiedKey certified) {
        try {
            context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {new OneKey(certified)}, null, null);
            context.getServerSessionContext().setSessionTimeout(NO_TICKETS_SECONDS);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no TLS", e);
        }
    }

    /// Puts TLS over a connection and completes the handshake.
    ///
    /// @param alreadyRead octets of the client's that were read ahead
    SSLSocket accept(Socket socket, InputStream alreadyRead) throws IOException {
        var secured = (SSLSocket) context.getSocketFactory().createSocket(socket, alreadyRead, true);
        secured.setUseClientMode(false);
        secured.setEnabledProtocols(new String[] {"TLSv1.2", "TLSv1.3"});
        secured.startHandshake();
        return secured;
    }

    /// The server name that the client asked for; empty text when it asked for none.
    static String requestedName(SSLSession session) {
        return ((ExtendedSSLSession) session)
                .getRequestedServerNames().stream()
                        .filter(SNIHostName.class::isInstance)
                        .map(name -> ((SNIHostName) name).getAsciiName())
                        .findFirst()
                        .orElse("");
    }

    /// Shows one key to everybody.
    private static final class OneKey extends X509ExtendedKeyManager {
        private static final String ALIAS = "host";
        private final CertifiedKey certified;

        OneKey(CertifiedKey certified) {
            this.certified = certified;
        }

        @Override
        public @Nullable String chooseEngineServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return "EC".equals(keyType) ? ALIAS : null;
        }

        @Override
        public @Nullable String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return "EC".equals(keyType) ? ALIAS : null;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return certified.chain().toArray(X509Certificate[]::new);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return certified.key();
        }

        @Override
        public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return new String[] {ALIAS};
        }

        @Override
        public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            return null;
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return null;
        }
    }
}
