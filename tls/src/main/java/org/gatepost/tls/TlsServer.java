// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/// Makes the server's side of TLS connections: TLS 1.2 and 1.3, one certificate for every client, no client
/// certificates, no session tickets, no resumption. Immutable and shared by all connections.
public final class TlsServer {
    private final ServerIdentity identity;
    private final Supplier<TlsEngine> engines;

    private TlsServer(ServerIdentity identity, Supplier<TlsEngine> engines) {
        this.identity = identity;
        this.engines = engines;
    }

    /// @param certificates PEM: the server's certificate first, then those that lead to its root
    /// @param key PEM: the certificate's private key, not encrypted; PKCS#8, or the older RSA and EC forms
    /// @param provider whose engine serves
    /// @throws PemFileException naming the file and what is wrong with it, also when key and certificate do
    ///     not belong together
    public static TlsServer fromPem(Path certificates, Path key, TlsProvider provider) {
        List<X509Certificate> chain = PemFile.certificates(certificates);
        PrivateKey privateKey = PemPrivateKey.read(key);
        if (!PemPrivateKey.belongTogether(privateKey, chain.getFirst().getPublicKey())) {
            throw new PemFileException(
                    key, "the private key does not belong to the first certificate of " + PemFile.name(certificates));
        }
        return of(chain, privateKey, provider);
    }

    /// With the provider that is best here.
    ///
    /// @param chain leaf first, at least one
    /// @param key the leaf's
    public static TlsServer of(List<X509Certificate> chain, PrivateKey key) {
        return of(chain, key, TlsProvider.AUTO);
    }

    /// @param chain leaf first, at least one
    /// @param key the leaf's
    /// @param provider whose engine serves; a key that only the Java runtime knows is served by that
    public static TlsServer of(List<X509Certificate> chain, PrivateKey key, TlsProvider provider) {
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("a server needs a certificate");
        }
        ServerIdentity identity = new ServerIdentity(chain, key);
        return new TlsServer(identity, provider.isNative() ? nativeEngines(identity) : jsseEngines(identity));
    }

    private static Supplier<TlsEngine> jsseEngines(ServerIdentity identity) {
        SSLContext context = TlsEngines.serverContext(identity);
        return () -> new JsseEngine(TlsEngines.server(context));
    }

    /// Some kinds of key (Ed448) are known to the Java runtime only.
    private static Supplier<TlsEngine> nativeEngines(ServerIdentity identity) {
        try {
            NativeIdentity shared = NativeIdentity.of(identity);
            return () -> NativeEngine.server(shared);
        } catch (GeneralSecurityException unknownToIt) {
            return jsseEngines(identity);
        }
    }

    /// The certificates that every client is shown, leaf first.
    public List<X509Certificate> chain() {
        return identity.chain();
    }

    /// Shakes hands over a connected socket, whose octets so far have all been consumed by the caller.
    ///
    /// @param socket owned by the channel afterwards, closed when the handshake fails
    /// @param deadline how long the whole handshake may take
    /// @throws HandshakeException when it does not complete, with the class of the failure and, of a client
    ///     that is too old, the version it asked for
    public TlsChannel handshake(Socket socket, Duration deadline) throws HandshakeException {
        return Handshake.complete(engines.get(), socket, deadline);
    }
}
