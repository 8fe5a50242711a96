// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.security.MessageDigest;
import java.security.MessageDigestSpi;
import java.security.NoSuchAlgorithmException;
import java.security.NoSuchProviderException;
import java.security.Provider;
import java.security.Security;
import java.util.List;
import java.util.Map;

/// Counts what NSEC3 costs where it is spent, not where it is budgeted: in production SHA-1 serves nothing else,
/// and each hashed name takes one instance. Counts the calling thread only.
final class CountedHashes {
    private static final ThreadLocal<int[]> COUNT = ThreadLocal.withInitial(() -> new int[1]);

    private CountedHashes() {}

    /// Puts the counter before the JDK's SHA-1; harmless when it is there already.
    static void install() {
        Security.insertProviderAt(new Counting(), 1);
    }

    static int soFar() {
        return COUNT.get()[0];
    }

    /// Puts the count back, after hashes that the validator has no part in.
    static void resetTo(int count) {
        COUNT.get()[0] = count;
    }

    private static final class Counting extends Provider {
        private static final long serialVersionUID = 1L;

        Counting() {
            super("CountedHashes", "1", "SHA-1 with a counter, for tests");
            putService(new Service(this, "MessageDigest", "SHA-1", CountedSha1.class.getName(), List.of(), Map.of()) {
                @Override
                public Object newInstance(Object parameter) {
                    return new CountedSha1();
                }
            });
        }
    }

    private static final class CountedSha1 extends MessageDigestSpi {
        private final MessageDigest sha1;

        CountedSha1() {
            COUNT.get()[0]++;
            try {
                sha1 = MessageDigest.getInstance("SHA-1", "SUN");
            } catch (NoSuchAlgorithmException | NoSuchProviderException e) {
                throw new IllegalStateException("the JDK has no SHA-1", e);
            }
        }

        @Override
        protected void engineUpdate(byte input) {
            sha1.update(input);
        }

        @Override
        protected void engineUpdate(byte[] input, int offset, int length) {
            sha1.update(input, offset, length);
        }

        @Override
        protected byte[] engineDigest() {
            return sha1.digest();
        }

        @Override
        protected void engineReset() {
            sha1.reset();
        }
    }
}
