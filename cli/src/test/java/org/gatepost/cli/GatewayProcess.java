// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// `gatepost serve` as a process of its own, from the classes of this test run.
final class GatewayProcess implements AutoCloseable {
    private static final List<String> SHORT_LIVED = List.of("-Xmx400m", "-XX:TieredStopAtLevel=1");

    private final Process process;
    private final Path log;

    private GatewayProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /// Starts a gateway and waits until it says that it is ready.
    ///
    /// @throws IOException when it ends before that, with the end of its log
    static GatewayProcess start(Path config) throws IOException {
        return start(config, SHORT_LIVED);
    }

    /// @param options of the JVM
    static GatewayProcess start(Path config, List<String> options) throws IOException {
        GatewayProcess gateway = launch(config, options);
        String ready = gateway.process.inputReader().readLine();
        if (ready == null || !ready.startsWith("gatepost: ready")) {
            gateway.close();
            throw new IOException("the gateway did not start: " + gateway.lastWords());
        }
        return gateway;
    }

    /// Starts a gateway without waiting for anything.
    static GatewayProcess launch(Path config) throws IOException {
        return launch(config, SHORT_LIVED);
    }

    private static GatewayProcess launch(Path config, List<String> options) throws IOException {
        Path log = config.resolveSibling(config.getFileName() + ".log");
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> command =
                new ArrayList<>(List.of(java.toString(), "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC"));
        command.addAll(options);
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--config",
                config.toString()));
        Process process =
                new ProcessBuilder(command).redirectError(log.toFile()).start();
        return new GatewayProcess(process, log);
    }

    /// SIGKILL, at whatever it is doing.
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /// SIGTERM.
    ///
    /// @return the exit status; -1 when it had to be killed
    int stop() throws InterruptedException {
        process.destroy();
        if (process.waitFor(40, TimeUnit.SECONDS)) {
            return process.exitValue();
        }
        kill();
        return -1;
    }

    long pid() {
        return process.pid();
    }

    boolean isRunning() {
        return process.isAlive();
    }

    /// The end of its log.
    String lastWords() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
