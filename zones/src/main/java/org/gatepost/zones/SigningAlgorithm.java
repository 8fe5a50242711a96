// SPDX-License-Identifier: Apache-2.0
package org.gatepost.zones;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import org.xbill.DNS.DNSSEC;

/// The algorithms a zone can be signed with, by their names in the IANA registry of DNSSEC algorithm
/// numbers.
public enum SigningAlgorithm {
    RSASHA256(DNSSEC.Algorithm.RSASHA256, "RSA", 2048),
    RSASHA512(DNSSEC.Algorithm.RSASHA512, "RSA", 2048),
    ECDSAP256SHA256(DNSSEC.Algorithm.ECDSAP256SHA256, "EC", 256),
    ECDSAP384SHA384(DNSSEC.Algorithm.ECDSAP384SHA384, "EC", 384),
    ED25519(DNSSEC.Algorithm.ED25519, "Ed25519", 255);

    private final int number;
    private final String keyAlgorithm;
    private final int keySizeInBits;

    SigningAlgorithm(int number, String keyAlgorithm, int keySizeInBits) {
        this.number = number;
        this.keyAlgorithm = keyAlgorithm;
        this.keySizeInBits = keySizeInBits;
    }

    int number() {
        return number;
    }

    KeyPair newKeyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(keyAlgorithm);
            generator.initialize(keySizeInBits);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no " + keyAlgorithm + " keys", e);
        }
    }
}
