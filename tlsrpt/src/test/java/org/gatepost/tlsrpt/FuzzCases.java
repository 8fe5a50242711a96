// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/// Runs a fuzz target without a fuzzer: our seeds, then a fixed number of mutations of them, the same ones each
/// time. What fails is told in hexadecimal, to be added to the seeds.
final class FuzzCases {
    private static final int MOST_MUTATIONS = 6;
    private static final int MOST_ADDED = 48;

    private FuzzCases() {}

    static void run(Consumer<byte[]> target, List<byte[]> seeds, int mutations) {
        seeds.forEach(seed -> run(target, seed));
        for (int i = 0; i < mutations; i++) {
            var random = new Random(i);
            run(target, mutated(seeds.get(random.nextInt(seeds.size())), random));
        }
    }

    private static void run(Consumer<byte[]> target, byte[] input) {
        try {
            target.accept(input);
        } catch (RuntimeException | Error e) {
            throw new AssertionError("fuzz input " + HexFormat.of().formatHex(input), e);
        }
    }

    private static byte[] mutated(byte[] seed, Random random) {
        byte[] octets = Arrays.copyOf(seed, seed.length + random.nextInt(MOST_ADDED));
        for (int i = seed.length; i < octets.length; i++) {
            octets[i] = (byte) random.nextInt(256);
        }
        for (int i = random.nextInt(MOST_MUTATIONS); i > 0 && octets.length > 0; i--) {
            int at = random.nextInt(octets.length);
            octets[at] = (byte) (random.nextBoolean() ? octets[at] ^ (1 << random.nextInt(8)) : random.nextInt(256));
        }
        return octets;
    }
}
