// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.gatepost.dns.UpstreamHealth;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the upstreams at start and from time to time whether validation can work through them, and tells the
/// operator when the answer changes. An upstream that strips signatures makes every signed domain look forged; mail
/// is then held, never
/// sent with less protection, so somebody has to know.
public final class UpstreamWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UpstreamWatch.class);

    private final Thread thread;

    private UpstreamWatch(Thread thread) {
        this.thread = thread;
    }

    /// Starts watching.
    ///
    /// @param probe asks the upstreams; may take as long as their time-outs
    /// @param pause between two probes
    public static UpstreamWatch start(Supplier<UpstreamHealth> probe, Duration pause) {
        return new UpstreamWatch(Thread.ofVirtual().name("upstream-watch").start(() -> watch(probe, pause)));
    }

    private static void watch(Supplier<UpstreamHealth> probe, Duration pause) {
        Optional<UpstreamHealth> last = Optional.empty();
        try {
            while (true) {
                UpstreamHealth health = probe.get();
                if (!last.equals(Optional.of(health))) {
                    report(health);
                }
                last = Optional.of(health);
                Thread.sleep(pause);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException bug) {
            LOG.error("a defect of ours ended the watch over the upstreams", bug);
        }
    }

    private static void report(UpstreamHealth health) {
        for (UpstreamHealth.Upstream upstream : health.upstreams()) {
            if (upstream.finding() == UpstreamHealth.Finding.HEALTHY) {
                LOG.info("dns upstream: {}", upstream.explanation());
            } else {
                LOG.warn("dns upstream: {}", upstream.explanation());
            }
        }
        if (!health.canValidate()) {
            LOG.error("no dns upstream passes DNSSEC records on: mail is held until one does (dns.upstreams)");
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
