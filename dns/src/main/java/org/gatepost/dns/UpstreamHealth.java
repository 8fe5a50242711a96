// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.net.InetSocketAddress;
import java.util.List;

/// What a probe found of each upstream, in order of preference.
public record UpstreamHealth(List<Upstream> upstreams) {
    public UpstreamHealth {
        upstreams = List.copyOf(upstreams);
    }

    /// One upstream's state.
    ///
    /// @param explanation one line for the operator, printable ASCII
    public record Upstream(InetSocketAddress address, Finding finding, String explanation) {}

    /// What a probe can find, best first.
    public enum Finding {
        /// Answers over UDP and TCP, and the root's keys validate.
        HEALTHY,
        /// Validates over UDP, but answers that do not fit a datagram will fail.
        NO_TCP,
        /// Lately it set AD on an answer that does not validate here: it vouches for forged data, or our clock or
        /// trust anchor is wrong. Answers through it are validated all the same.
        DISAGREES,
        /// Answers, but without the signatures: every signed domain will look bogus.
        STRIPS_SIGNATURES,
        /// The root's keys do not validate: the trust anchor or the clock is wrong, or the keys are forged.
        UNTRUSTED_KEYS,
        /// Answers with an error code.
        REFUSES,
        /// Nothing comes back.
        SILENT
    }

    /// Whether validation works through at least one upstream; if not, mail to signed domains will be
    /// deferred.
    public boolean canValidate() {
        return upstreams.stream().anyMatch(upstream -> switch (upstream.finding()) {
            case HEALTHY, NO_TCP, DISAGREES -> true;
            case STRIPS_SIGNATURES, UNTRUSTED_KEYS, REFUSES, SILENT -> false;
        });
    }
}
