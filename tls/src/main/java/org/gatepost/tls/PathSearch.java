// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Finds the ways from a leaf to an anchor through the certificates sent, in whatever order they came.
///
/// The search is our own because its work is bounded: a peer can send certificates that all sign each other, and a
/// search without limits walks all their permutations. Each signature is verified once, at most [#MAX_STEPS]
/// certificates are tried and at most [#MAX_CANDIDATES] ways kept; whether one of them is valid PKIX decides.
final class PathSearch {
    /// Three intermediate certificates are rare; ten are no honest chain.
    static final int MAX_PATH = 10;

    private static final int MAX_CANDIDATES = 8;
    private static final int MAX_STEPS = 128;

    private final List<X509Certificate> sent;
    private final Anchors anchors;
    private final List<Candidate> candidates = new ArrayList<>();
    private final Map<Signed, Boolean> verified = new HashMap<>();
    private int steps;

    private PathSearch(List<X509Certificate> sent, Anchors anchors) {
        this.sent = sent;
        this.anchors = anchors;
    }

    /// A way to an anchor whose signatures all verify.
    ///
    /// @param certificates leaf first, without the anchor; empty when the leaf is the anchor
    record Candidate(List<X509Certificate> certificates, TrustAnchor anchor) {
        Candidate {
            certificates = List.copyOf(certificates);
        }
    }

    private record Signed(X509Certificate certificate, PublicKey by) {}

    /// @param sent leaf first
    /// @return shortest ways through each certificate first; empty when no way ends at an anchor
    static List<Candidate> candidates(List<X509Certificate> sent, Anchors anchors) {
        var search = new PathSearch(sent.stream().distinct().toList(), anchors);
        search.extend(List.of(sent.getFirst()));
        return search.candidates;
    }

    private void extend(List<X509Certificate> path) {
        if (candidates.size() >= MAX_CANDIDATES || ++steps > MAX_STEPS) {
            return;
        }
        X509Certificate last = path.getLast();
        var own = anchors.thatIs(last);
        if (own.isPresent()) {
            candidates.add(new Candidate(path.subList(0, path.size() - 1), own.get()));
            return;
        }
        for (TrustAnchor anchor : anchors.namedIssuerOf(last)) {
            if (signs(key(anchor), last)) {
                candidates.add(new Candidate(path, anchor));
            }
        }
        if (path.size() < MAX_PATH) {
            sent.stream()
                    .filter(issuer -> issuer.getSubjectX500Principal().equals(last.getIssuerX500Principal()))
                    .filter(issuer -> !path.contains(issuer) && signs(issuer.getPublicKey(), last))
                    .forEach(issuer -> extend(append(path, issuer)));
        }
    }

    private boolean signs(PublicKey key, X509Certificate certificate) {
        return verified.computeIfAbsent(new Signed(certificate, key), PathSearch::verify);
    }

    private static boolean verify(Signed signed) {
        try {
            signed.certificate().verify(signed.by());
            return true;
        } catch (GeneralSecurityException | RuntimeException e) {
            return false;
        }
    }

    private static PublicKey key(TrustAnchor anchor) {
        X509Certificate certificate = anchor.getTrustedCert();
        return certificate == null ? anchor.getCAPublicKey() : certificate.getPublicKey();
    }

    private static List<X509Certificate> append(List<X509Certificate> path, X509Certificate next) {
        List<X509Certificate> longer = new ArrayList<>(path);
        longer.add(next);
        return longer;
    }
}
