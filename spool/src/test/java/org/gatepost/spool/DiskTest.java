// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A disk that is full or read-only: a real one, in memory, mounted where only the child process sees it. A disk in
/// use cannot be made read-only by hand; one that fails every write stands for it.
final class DiskTest {
    @TempDir
    Path disk;

    @Test
    void aFullDiskIsToldAndTheStoreGoesOnOnceThereIsRoom() throws Exception {
        List<String> lines = inNamespace("size=12m", Child.command(FullDiskChild.class, disk.toString()));
        if (lines.isEmpty()) {
            System.out.println("no mount namespace allowed: the test of a full disk did not run");
            return;
        }
        assertThat(lines).hasSize(4);
        String told = "spool " + disk.toRealPath().resolve("spool") + ": its disk is full; free space there";
        assertThat(lines.get(0)).startsWith("small: " + told);
        assertThat(lines.get(1)).startsWith("large: " + told);
        assertThat(lines.subList(2, 4)).containsExactly("goes on", "kept: all");
    }

    @Test
    void aReadOnlyDiskIsTold() throws Exception {
        List<String> lines = inNamespace(
                "ro", Child.command(OpenChild.class, disk.resolve("spool").toString()));
        if (lines.isEmpty()) {
            System.out.println("no mount namespace allowed: the test of a read-only disk did not run");
            return;
        }
        assertThat(lines)
                .singleElement()
                .asString()
                .contains(disk.resolve("spool").toString(), "read-only");
    }

    @Test
    void aDiskThatFailsEveryWriteIsToldAndTheStoreGoesOnOnceItDoesNot() throws Exception {
        List<String> command =
                Child.command(FailingDiskChild.class, disk.resolve("spool").toString());
        Process process = Child.start(command);
        process.getOutputStream().close();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.startsWith("ERROR ") && !line.startsWith("WARN ")) // the log
                .toList();
        assertThat(process.waitFor()).as("%s", lines).isZero();
        String told = "spool " + disk.toRealPath().resolve("spool") + ": the disk reports an error (";
        assertThat(lines).hasSize(5);
        assertThat(lines.get(0)).startsWith("small: " + told);
        assertThat(lines.get(1)).startsWith("large: " + told);
        assertThat(lines.get(2)).startsWith("result: " + told);
        assertThat(lines.subList(3, 5)).containsExactly("read: true", "kept: all");
    }

    /// @return what the command printed, or nothing when the system allows no namespace
    private List<String> inNamespace(String options, List<String> command) throws IOException, InterruptedException {
        List<String> whole = new ArrayList<>(List.of("unshare", "--user", "--map-root-user", "--mount", "sh", "-c"));
        whole.add("mount -t tmpfs -o " + options + " tmpfs \"$0\" && echo mounted && exec \"$@\"");
        whole.add(disk.toString());
        whole.addAll(command);
        Process process;
        try {
            process = Child.start(whole);
        } catch (IOException e) {
            return List.of();
        }
        process.getOutputStream().close();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        int status = process.waitFor();
        if (lines.isEmpty()) {
            return List.of();
        }
        assertThat(status).as("%s", lines).isZero();
        return lines.subList(1, lines.size());
    }
}
