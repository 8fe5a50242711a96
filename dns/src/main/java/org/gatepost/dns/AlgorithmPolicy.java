// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.Set;

/// Which algorithms prove anything. A zone whose parent vouches for it with none of them counts as unsigned
/// (RFC 4035 §5.2), so widening this policy is for tests only.
///
/// @param algorithms numbers of the IANA registry of DNSSEC algorithms
/// @param digests numbers of the IANA registry of DS digests; SHA-1 counts only beside no stronger one
/// @param minimumRsaBits shorter RSA keys count as an unsupported algorithm
/// @param verifier what verifies them
record AlgorithmPolicy(Set<Integer> algorithms, Set<Integer> digests, int minimumRsaBits, SignatureVerifier verifier) {
    static final int SHA1_DIGEST = 1;

    /// RFC 8624 §3.1 and §3.3 less SHA-1, which RFC 9905 retires, and less DSA and GOST.
    static final AlgorithmPolicy PRODUCTION = new AlgorithmPolicy(Set.of(8, 10, 13, 14, 15, 16), Set.of(2, 4), 1024);

    /// With SHA-1 (algorithms 5 and 7, digest 1) and short RSA keys, as old test data has them.
    static final AlgorithmPolicy WITH_SHA1 =
            new AlgorithmPolicy(Set.of(5, 7, 8, 10, 13, 14, 15, 16), Set.of(SHA1_DIGEST, 2, 4), 512);

    AlgorithmPolicy {
        algorithms = Set.copyOf(algorithms);
        digests = Set.copyOf(digests);
    }

    AlgorithmPolicy(Set<Integer> algorithms, Set<Integer> digests, int minimumRsaBits) {
        this(algorithms, digests, minimumRsaBits, SignatureAlgorithms.FASTEST);
    }

    boolean validates(int algorithm) {
        return algorithms.contains(algorithm);
    }
}
