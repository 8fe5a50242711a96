// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.receiving;

import java.time.Duration;
import java.time.InstantSource;
import org.gatepost.spool.ReceivedReports;
import org.gatepost.spool.SpoolException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Forgets reports whose time is over, a bounded number in one change so that mail never waits for it long.
public final class ReportRetention implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReportRetention.class);
    private static final int AT_ONCE = 200;
    private static final Duration PAUSE = Duration.ofHours(1);

    private final ReceivedReports reports;
    private final Duration retention;
    private final InstantSource clock;
    private final Thread thread;

    /// @param retention how long reports are kept, from when they came
    public ReportRetention(ReceivedReports reports, Duration retention, InstantSource clock) {
        this.reports = reports;
        this.retention = retention;
        this.clock = clock;
        this.thread = Thread.ofVirtual().name("report-retention").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                int forgotten = purge(reports, retention, clock);
                if (forgotten > 0) {
                    LOG.info(
                            "{} received TLS reports were older than {} days and are forgotten",
                            forgotten,
                            retention.toDays());
                }
            } catch (SpoolException e) {
                LOG.warn("old TLS reports cannot be forgotten now: {}", e.getMessage());
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Forgets all that is due.
    static int purge(ReceivedReports reports, Duration retention, InstantSource clock) {
        int all = 0;
        int some;
        do {
            some = reports.purge(clock.instant().minus(retention), AT_ONCE);
            all += some;
        } while (some == AT_ONCE && !Thread.currentThread().isInterrupted());
        return all;
    }

    /// Returns when nothing is being forgotten any more.
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
