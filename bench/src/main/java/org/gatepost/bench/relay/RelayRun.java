// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

/// What one run of one system came to.
///
/// @param perSecond messages delivered, from the first one sent to the last one that arrived
/// @param cpu seconds of processor time of the system for 1,000 messages
/// @param resolverCpu the same of Unbound
/// @param restCpu the same of the bench's own load and sink
/// @param p50 milliseconds from when a message was due to be sent until the MX host had it
/// @param handshakes full TLS handshakes for each message
/// @param megabytes the most memory that was seen
/// @param othersCores how many cores processes outside the bench used
record RelayRun(
        double perSecond,
        double cpu,
        double resolverCpu,
        double restCpu,
        double p50,
        double p99,
        double handshakes,
        double megabytes,
        double othersCores) {
    /// More than that falsifies the run.
    private static final double DISTURBANCE = 0.3;

    boolean disturbed() {
        return othersCores > DISTURBANCE;
    }

    @Override
    public String toString() {
        return "%,7.0f msgs/s  CPU %.2f s per 1,000 (Unbound %.2f, load and sink %.2f)  p50 %,.1f ms  p99 %,.1f ms  handshakes %.3f  %,.0f MB  others %.2f cores%s"
                .formatted(
                        perSecond,
                        cpu,
                        resolverCpu,
                        restCpu,
                        p50,
                        p99,
                        handshakes,
                        megabytes,
                        othersCores,
                        disturbed() ? "  DISTURBED" : "");
    }
}
