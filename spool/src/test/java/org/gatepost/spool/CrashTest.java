// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Kills a process that uses the spool, at moments of chance, and looks at what is left. That proves the order of
/// steps and the recovery; that the disk keeps what was synced is the disk's part, and not shown here. Many more
/// rounds: `./dev crash`.
@Tag("slow")
final class CrashTest {
    private static final int ROUNDS = 4;

    @TempDir
    Path directory;

    private final Random random = new Random(20261122);

    @Test
    void whatWasAcknowledgedIsThereAfterEachKill() throws Exception {
        var spool = new KilledSpool(directory.resolve("spool"), Journal.Settings.DEFAULT);
        for (int round = 0; round < ROUNDS; round++) {
            spool.killWhileWorking(200 + random.nextInt(1500), random.nextLong());
            spool.check();
        }
        assertThat(spool.finished()).isGreaterThan(100);
        assertThat(spool.acknowledged() - spool.finished()).isPositive();
    }

    /// The kills fall while files of the journal are moved to the tables and freed, and while that is done at the
    /// start.
    @Test
    void whatWasAcknowledgedIsThereThoughTheRecoveryIsKilledToo() throws Exception {
        var spool = new KilledSpool(directory.resolve("spool"), CrashRounds.SMALL);
        for (int round = 0; round < ROUNDS; round++) {
            spool.killWhileWorking(200 + random.nextInt(1500), random.nextLong());
            for (int i = 0; i < 2; i++) {
                spool.killWhileOpening(random.nextLong(CrashRounds.OPENING.toNanos()), random.nextLong());
            }
            spool.check();
        }
        assertThat(spool.finished()).isGreaterThan(100);
    }
}
