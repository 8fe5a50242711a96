// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// The certification authorities that WebPKI and MTA-STS validation trust, and the judge of paths to them.
///
/// A certificate of the store may be a root, an intermediate or a server's own: it is trusted as it stands,
/// within its dates. Judging fetches nothing from the network and does not look at revocation. Immutable.
///
/// @spec https://www.rfc-editor.org/rfc/rfc5280 RFC 5280: PKIX certificates
public final class TrustStore {
    private final List<X509Certificate> authorities;
    private final Anchors anchors;

    private TrustStore(List<X509Certificate> authorities) {
        this.authorities = List.copyOf(authorities);
        this.anchors = Anchors.Certificates.of(this.authorities);
    }

    /// The Java runtime's own store.
    public static TrustStore platform() {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            @Nullable KeyStore platformDefault = null;
            factory.init(platformDefault);
            return of(Stream.of(factory.getTrustManagers())
                    .filter(X509TrustManager.class::isInstance)
                    .flatMap(manager -> Stream.of(((X509TrustManager) manager).getAcceptedIssuers()))
                    .toList());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the Java runtime's trust store cannot be read", e);
        }
    }

    /// The certificates of a PEM file, at least one.
    ///
    /// @throws PemFileException naming the file and the number of a certificate that is none
    public static TrustStore fromBundle(Path file) {
        return of(PemFile.certificates(file));
    }

    /// @param authorities may be empty: then nothing is trusted
    public static TrustStore of(List<X509Certificate> authorities) {
        return new TrustStore(authorities);
    }

    public List<X509Certificate> authorities() {
        return authorities;
    }

    /// Whether the chain of a TLS server leads to an authority of this store at that instant.
    ///
    /// @param chainAsSent leaf first, the others in any order, superfluous ones ignored; at most ten
    public PathVerdict validate(List<X509Certificate> chainAsSent, Instant at) {
        return new PathJudge(anchors, at, true).judge(chainAsSent);
    }

    /// Whether the chain leads to this one certificate, as a DANE-TA record demands (RFC 7672 §3.1.2). The
    /// anchor need not be among the certificates sent, need not be self-signed, and its own dates count.
    public static PathVerdict validateTo(X509Certificate anchor, List<X509Certificate> chainAsSent, Instant at) {
        return new PathJudge(Anchors.Certificates.of(List.of(anchor)), at, false).judge(chainAsSent);
    }

    /// Whether the chain leads to a certificate signed by this key, or to one that carries it: what DANE-TA
    /// records with the selector SPKI demand, also `2 1 0` whose key no sent certificate carries.
    public static PathVerdict validateTo(PublicKey anchor, List<X509Certificate> chainAsSent, Instant at) {
        return new PathJudge(new Anchors.Key(anchor, List.copyOf(chainAsSent)), at, false).judge(chainAsSent);
    }
}
