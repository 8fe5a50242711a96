// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Cuts octets into pieces at random, as a network does.
final class Segments {
    private Segments() {}

    static List<byte[]> of(byte[] octets, Random random) {
        var segments = new ArrayList<byte[]>();
        int most = 1 + random.nextInt(random.nextBoolean() ? 4 : 4000);
        int from = 0;
        while (from < octets.length) {
            int to = Math.min(octets.length, from + 1 + random.nextInt(most));
            segments.add(Arrays.copyOfRange(octets, from, to));
            from = to;
        }
        return segments;
    }
}
