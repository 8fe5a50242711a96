// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Loading, which happens once in a process, seen in processes of their own.
class NativeLibraryTest {
    @TempDir
    private Path folder;

    /// What the process under test does.
    static final class Program {
        private Program() {}

        public static void main(String[] args) {
            System.out.println("native: " + TlsProvider.AUTO.isNative());
            System.out.println("trouble: " + TlsProvider.NATIVE.trouble().orElse("none"));
        }
    }

    private static String run(String... options) throws Exception {
        var command = new java.util.ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(java.util.List.of(options));
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(Program.class.getName());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        process.waitFor();
        return said;
    }

    @Test
    void theLibraryLoadsWithoutAWarningAndLeavesNothingBehind() throws Exception {
        String said = run("-Djava.io.tmpdir=" + folder);
        assertThat(said).contains("native: true", "trouble: none").doesNotContain("WARNING");
        try (var left = Files.list(folder)) {
            assertThat(left.filter(file -> file.toString().endsWith(".so"))).isEmpty();
        }
    }

    /// Like a folder mounted `noexec`, it cannot hold the library.
    @Test
    void withoutAUsableTemporaryFolderTheRuntimeDoesTheWork() throws Exception {
        String said = run("-Djava.io.tmpdir=" + folder.resolve("missing"));
        assertThat(said).contains("native: false", "missing");
    }

    @Test
    void onAnotherProcessorTheRuntimeDoesTheWork() throws Exception {
        String said = run("-Dos.arch=riscv64");
        assertThat(said).contains("native: false", "there is no libnetty_tcnative_linux_riscv64.so among the jars");
    }
}
