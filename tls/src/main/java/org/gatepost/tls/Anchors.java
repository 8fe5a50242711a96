// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.security.PublicKey;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;

/// Where a path may end.
sealed interface Anchors {
    /// The anchor that this certificate itself is.
    Optional<TrustAnchor> thatIs(X509Certificate certificate);

    /// The anchors that by name may have signed this certificate; whether they did is for the caller to verify.
    List<TrustAnchor> namedIssuerOf(X509Certificate certificate);

    /// Certificates, as in a trust store or in a TLSA record.
    record Certificates(Map<X500Principal, List<X509Certificate>> bySubject) implements Anchors {
        static Certificates of(List<X509Certificate> anchors) {
            return new Certificates(anchors.stream()
                    .distinct()
                    .collect(Collectors.groupingBy(
                            X509Certificate::getSubjectX500Principal, Collectors.toUnmodifiableList())));
        }

        @Override
        public Optional<TrustAnchor> thatIs(X509Certificate certificate) {
            return bySubject.getOrDefault(certificate.getSubjectX500Principal(), List.of()).stream()
                    .filter(certificate::equals)
                    .findFirst()
                    .map(anchor -> new TrustAnchor(anchor, null));
        }

        @Override
        public List<TrustAnchor> namedIssuerOf(X509Certificate certificate) {
            return bySubject.getOrDefault(certificate.getIssuerX500Principal(), List.of()).stream()
                    .map(anchor -> new TrustAnchor(anchor, null))
                    .toList();
        }
    }

    /// A bare key. A sent certificate that carries the key stands for it, so that its dates and its being a CA are
    /// checked; only without one the key is its own evidence.
    record Key(PublicKey key, List<X509Certificate> sent) implements Anchors {
        @Override
        public Optional<TrustAnchor> thatIs(X509Certificate certificate) {
            return carriesKey(certificate) ? Optional.of(new TrustAnchor(certificate, null)) : Optional.empty();
        }

        @Override
        public List<TrustAnchor> namedIssuerOf(X509Certificate certificate) {
            X500Principal issuer = certificate.getIssuerX500Principal();
            List<TrustAnchor> carriers = sent.stream()
                    .filter(other ->
                            carriesKey(other) && other.getSubjectX500Principal().equals(issuer))
                    .map(carrier -> new TrustAnchor(carrier, null))
                    .toList();
            return carriers.isEmpty() ? List.of(new TrustAnchor(issuer, key, null)) : carriers;
        }

        private boolean carriesKey(X509Certificate certificate) {
            return Arrays.equals(certificate.getPublicKey().getEncoded(), key.getEncoded());
        }
    }
}
