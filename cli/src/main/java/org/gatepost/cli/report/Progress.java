// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.report;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;

/// A bar on standard error that grows while files are read; silent when nobody looks.
public final class Progress {
    private static final int CELLS = 30;
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final PrintWriter err;
    private final boolean shown;
    private final InstantSource clock;
    private final Instant start;
    private Instant next;
    private boolean drawn;

    public Progress(PrintWriter err, boolean shown, InstantSource clock) {
        this.err = err;
        this.shown = shown;
        this.clock = clock;
        start = clock.instant();
        next = start.plus(PAUSE);
    }

    /// Draws the bar anew, a few times a second.
    void at(long done, long total) {
        if (!shown) {
            return;
        }
        Instant now = clock.instant();
        if (now.isBefore(next)) {
            return;
        }
        next = now.plus(PAUSE);
        drawn = true;
        double share = total == 0 ? 1 : Math.min(1, (double) done / total);
        int full = (int) (share * CELLS);
        double seconds = Math.max(0.001, Duration.between(start, now).toMillis() / 1000.0);
        err.printf(
                Locale.ROOT,
                "\r[%s%s] %3d %%  %,d of %,d files, %,.0f/s ",
                "#".repeat(full),
                ".".repeat(CELLS - full),
                (int) (share * 100),
                done,
                total,
                done / seconds);
        err.flush();
    }

    /// Takes the bar away.
    void end() {
        if (drawn) {
            err.print("\r" + " ".repeat(CELLS + 60) + "\r");
            err.flush();
        }
    }
}
