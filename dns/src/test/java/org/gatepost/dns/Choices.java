// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.List;

/// Choices read from octets, so that a fuzzer's input is a course of events. When the octets are used up,
/// every choice is the first.
final class Choices {
    private final byte[] octets;
    private int at;

    Choices(byte[] octets) {
        this.octets = octets;
    }

    /// 0 to 255.
    int octet() {
        return at < octets.length ? octets[at++] & 0xff : 0;
    }

    /// 0 to one below the bound.
    ///
    /// @param bound at least 1, at most 65536
    int below(int bound) {
        return (bound > 256 ? (octet() << 8) | octet() : octet()) % bound;
    }

    <T> T of(List<T> list) {
        return list.get(below(list.size()));
    }
}
