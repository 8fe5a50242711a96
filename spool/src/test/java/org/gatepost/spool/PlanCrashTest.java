// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.gatepost.names.DomainName;
import org.gatepost.spool.ReportPlan.State;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Kills a process that plans reports and queues their mails, at moments of chance: each report then has exactly one
/// mail or waits for it (spec R2, Q1).
@Tag("slow")
final class PlanCrashTest {
    private static final int ROUNDS = 3;
    private static final LocalDate FIRST = LocalDate.parse("2020-01-01");

    @TempDir
    Path directory;

    private final Set<String> said = new HashSet<>();

    @Test
    void eachReportHasOneMailAfterEachKill() throws Exception {
        var random = new Random(8460);
        LocalDate next = FIRST;
        for (int round = 0; round < ROUNDS; round++) {
            killAfter(50 + random.nextInt(200), next);
            try (EmbeddedStore store = EmbeddedStore.open(directory)) {
                check(store);
                next = store.reportPlans().days().getFirst();
            }
        }
        assertThat(said).hasSizeGreaterThan(100);
    }

    private void killAfter(int lines, LocalDate from) throws Exception {
        Process child = Child.start(Child.command(PlanCrashChild.class, directory.toString(), from.toString()));
        try (var out = new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII))) {
            int read = 0;
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.endsWith("@mx.example")) { // the kill may cut the last one
                    assertThat(said.add(line)).as("settled once: %s", line).isTrue();
                }
                if (++read == lines) {
                    child.toHandle().destroyForcibly();
                }
            }
        } finally {
            child.destroyForcibly().waitFor();
        }
        assertThat(child.exitValue()).as("killed by signal 9").isEqualTo(128 + 9);
    }

    private void check(EmbeddedStore store) throws Exception {
        List<String> mails = new ArrayList<>();
        for (Spool.Entry entry : store.spool().list(new MessageId(0), Integer.MAX_VALUE)) {
            try (InputStream in = store.spool().content(entry.message().id())) {
                mails.add(new String(in.readAllBytes(), StandardCharsets.US_ASCII));
            }
        }
        Set<String> settled = new HashSet<>();
        for (LocalDate day : store.reportPlans().days()) {
            for (ReportPlan plan : store.reportPlans().plans(day, DomainName.ROOT, 100)) {
                if (plan.state() == State.SENT) {
                    settled.add(plan.reportId());
                }
            }
        }
        assertThat(mails).doesNotHaveDuplicates();
        assertThat(new HashSet<>(mails)).as("mails and settled plans").isEqualTo(settled);
        assertThat(settled).as("told as settled").containsAll(said);
    }
}
