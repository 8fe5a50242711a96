// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

/// What a destination demands and its MX host shows.
enum Protection {
    /// A signed zone with TLSA 3 1 1.
    DANE('d', 10, "tls"),
    /// An unsigned zone with an MTA-STS policy in mode enforce.
    STS('s', 20, "tls"),
    /// Nothing is demanded; the host offers STARTTLS.
    OPPORTUNISTIC('o', 30, "tls"),
    /// Nothing is demanded and nothing offered.
    CLEAR('c', 40, "clear"),
    /// DANE, but the host has another key than the TLSA record: no message may ever come.
    DANE_CONTROL('x', 50, "control"),
    /// MTA-STS, but the host's certificate names another host: no message may ever come.
    STS_CONTROL('y', 51, "control"),
    /// Nothing is demanded, and nobody is there.
    DOWN('z', 60, "down");

    private final char letter;
    private final int network;
    private final String hostKind;

    Protection(char letter, int network, String hostKind) {
        this.letter = letter;
        this.network = network;
        this.hostKind = hostKind;
    }

    boolean isSigned() {
        return this == DANE || this == DANE_CONTROL;
    }

    boolean hasStsPolicy() {
        return this == STS || this == STS_CONTROL;
    }

    boolean isControl() {
        return this == DANE_CONTROL || this == STS_CONTROL;
    }

    /// As the sink calls it; `down` it must not be told of.
    String hostKind() {
        return hostKind;
    }

    Destination destination(int index) {
        String label = "%c%04d".formatted(letter, index);
        String domain = label + ".test";
        String host = isSigned() || this == STS_CONTROL ? "mx." + domain : label + ".mxhost.test";
        return new Destination(domain, this, host, "127.%d.%d.%d".formatted(network, index / 250, index % 250 + 1));
    }
}
