// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.gatepost.lab.Lab;
import org.gatepost.lab.Scenario;
import org.gatepost.lab.Scenarios;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `kill -9` of the gateway at a random moment, twice, and once while it starts anew. Many more rounds: `./dev crash`.
///
/// The seed is printed; `-Dgatepost.kill.seed=…` repeats it as far as threads allow.
@Tag("slow")
class KillTest {
    private static final int DOMAINS = 50;
    private static final int MESSAGES = 1000;
    private static final int KILLS = 2;

    private final long seed = Long.getLong("gatepost.kill.seed", new SecureRandom().nextLong());
    private final Random random = new Random(seed);
    private final List<String> story = new ArrayList<>();

    @Test
    @Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whatWasAcknowledgedIsDeliveredThoughTheGatewayIsKilledTwice(@TempDir Path folder) throws Exception {
        story.add("seed " + seed);
        List<Scenario> domains = Scenarios.bulk(DOMAINS);
        try (Lab lab = Lab.start(folder, domains, InstantSource.system())) {
            var rounds = new KillRounds(lab, folder, domains, MESSAGES);
            for (int kill = 0; kill < KILLS; kill++) {
                // With at most five a domain ahead of delivery, many have been delivered after so many.
                Duration start = rounds.killWhileWorking(
                        280 + random.nextInt(120), Duration.ofNanos(random.nextInt(30_000_000)));
                note(rounds);
                rounds.killWhileStarting(Duration.ofNanos(random.nextLong(start.toNanos())));
            }
            rounds.finish(true);
            int twice = rounds.judge();
            int acknowledged = rounds.submission().acknowledged().size();
            story.add(acknowledged + " acknowledged in the end, " + twice + " delivered again");
            System.out.println("KillTest: " + String.join("; ", story));
            assertThat(acknowledged).isEqualTo(MESSAGES);
        }
    }

    private void note(KillRounds rounds) {
        int acknowledged = rounds.submission().acknowledged().size();
        story.add("killed when " + acknowledged + " were acknowledged and " + rounds.delivered() + " delivered");
        assertThat(rounds.delivered()).isPositive();
        assertThat(acknowledged).isLessThan(MESSAGES);
        assertThat(rounds.submission().isComplete()).isFalse();
    }
}
