// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.security.InvalidKeyException;

/// Whether a signature fits data and key.
@FunctionalInterface
interface SignatureVerifier {
    /// @param algorithm one that the [AlgorithmPolicy] validates
    /// @param key the public key as in the DNSKEY record
    /// @throws InvalidKeyException when the key is not one of this algorithm
    boolean verify(int algorithm, byte[] key, byte[] signature, byte[] data) throws InvalidKeyException;
}
