// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.nio.ByteBuffer;
import java.security.InvalidKeyException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The real verifier, which counts, and remembers what it has seen: most signatures in a mutated reply are
/// untouched.
final class CountedVerifier implements SignatureVerifier {
    private static final int MOST_KEPT = 20_000;
    private static final Map<List<Object>, Boolean> SEEN = new ConcurrentHashMap<>();

    private int verified;
    private int inVain;

    @Override
    public boolean verify(int algorithm, byte[] key, byte[] signature, byte[] data) throws InvalidKeyException {
        verified++;
        boolean fits = false;
        try {
            fits = remembered(algorithm, key, signature, data);
        } finally {
            inVain += fits ? 0 : 1;
        }
        return fits;
    }

    private static boolean remembered(int algorithm, byte[] key, byte[] signature, byte[] data)
            throws InvalidKeyException {
        List<Object> id = List.of(algorithm, ByteBuffer.wrap(key), ByteBuffer.wrap(signature), ByteBuffer.wrap(data));
        Boolean seen = SEEN.get(id);
        if (seen == null) {
            seen = SignatureAlgorithms.FASTEST.verify(algorithm, key, signature, data);
            if (SEEN.size() >= MOST_KEPT) {
                SEEN.clear();
            }
            SEEN.put(id, seen);
        }
        return seen;
    }

    int verified() {
        return verified;
    }

    int inVain() {
        return inVain;
    }
}
