// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final StringWriter err = new StringWriter();
    private Instant now = Instant.EPOCH;

    @Test
    void theBarGrowsAndIsTakenAway() {
        Progress progress = progress(true);
        progress.at(1, 200_000);
        assertThat(err.toString()).isEmpty();
        now = now.plus(Duration.ofSeconds(2));
        progress.at(50_000, 200_000);
        assertThat(err.toString())
                .isEqualTo("\r[" + "#".repeat(7) + ".".repeat(23) + "]  25 %  50,000 of 200,000 files, 25,000/s ");
        progress.at(60_000, 200_000);
        progress.end();
        assertThat(err.toString()).endsWith(" \r").doesNotContain("60,000");
    }

    @Test
    void nothingIsDrawnWhenNobodyLooks() {
        Progress progress = progress(false);
        now = now.plus(Duration.ofSeconds(2));
        progress.at(1, 2);
        progress.end();
        assertThat(err.toString()).isEmpty();
    }

    private Progress progress(boolean shown) {
        return new Progress(new PrintWriter(err), shown, () -> now);
    }
}
