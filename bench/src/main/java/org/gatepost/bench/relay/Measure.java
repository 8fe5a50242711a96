// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

/// A line of the result.
enum Measure {
    RATE("messages/s", "%,.0f"),
    CPU("CPU s per 1,000 messages", "%.2f"),
    RESOLVER_CPU("  of Unbound besides", "%.2f"),
    REST_CPU("  of load and sink besides", "%.2f"),
    P50("latency p50, ms", "%,.1f"),
    P99("latency p99, ms", "%,.1f"),
    HANDSHAKES("full TLS handshakes per message", "%.3f"),
    MEMORY("peak memory, MB", "%,.0f");

    private final String title;
    private final String format;

    Measure(String title, String format) {
        this.title = title;
        this.format = format;
    }

    String title() {
        return title;
    }

    /// Whether it is the system's own, and so worth comparing.
    boolean isCompared() {
        return this != RESOLVER_CPU && this != REST_CPU;
    }

    boolean moreIsBetter() {
        return this == RATE;
    }

    double of(RelayRun run) {
        return switch (this) {
            case RATE -> run.perSecond();
            case CPU -> run.cpu();
            case RESOLVER_CPU -> run.resolverCpu();
            case REST_CPU -> run.restCpu();
            case P50 -> run.p50();
            case P99 -> run.p99();
            case HANDSHAKES -> run.handshakes();
            case MEMORY -> run.megabytes();
        };
    }

    String text(double figure) {
        return format.formatted(figure);
    }
}
