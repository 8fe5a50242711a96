// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A hundred thousand reports read by `gatepost report read` in a process of its own with little memory:
/// reports in a
/// second, and the most memory the process had: `./dev bench tlsrpt [REPORTS]`. What it counts has to be what
/// was made.
final class TlsRptBench {
    private static final int ROUNDS = 3;
    private static final String HEAP = "-Xmx128m";
    private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");

    private TlsRptBench() {}

    /// One reading of all files.
    private record Run(Duration time, long peakKiB, JsonNode printed) {}

    public static void main(String[] args) throws Exception {
        int count = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
        Path folder = Files.createTempDirectory("gatepost-bench-tlsrpt");
        try {
            System.out.println("making " + count + " reports: a third each of json, json.gz and eml");
            SampleReports.Made made = SampleReports.write(folder.resolve("reports"), count);
            for (int round = 1; round <= ROUNDS; round++) {
                Run run = read(folder);
                check(run.printed(), made);
                double seconds = run.time().toMillis() / 1000.0;
                System.out.printf(
                        Locale.ROOT,
                        "round %d: %.1f s, %.0f reports/s with start and output, peak memory %d MiB (heap %s)%n",
                        round,
                        seconds,
                        count / seconds,
                        run.peakKiB() / 1024,
                        HEAP);
            }
        } finally {
            delete(folder);
        }
    }

    private static Run read(Path folder) throws IOException, InterruptedException {
        Path output = folder.resolve("output.json");
        long start = System.nanoTime();
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        HEAP,
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.gatepost.cli.Main",
                        "report",
                        "read",
                        "--json",
                        folder.resolve("reports").toString())
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long peak = 0;
        while (!process.waitFor(Duration.ofMillis(50))) {
            peak = Math.max(peak, peak(process.pid()));
        }
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        if (process.exitValue() != 0) {
            throw new IllegalStateException("report read ended with status " + process.exitValue());
        }
        return new Run(time, peak, JsonMapper.builder().build().readTree(output.toFile()));
    }

    /// The kernel's high-water mark of the process's resident memory; 0 once it has ended.
    private static long peak(long pid) {
        try {
            var matcher = PEAK.matcher(Files.readString(Path.of("/proc/" + pid + "/status")));
            return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    private static void check(JsonNode printed, SampleReports.Made made) {
        List<String> wrong = Stream.of(
                        difference("reports", printed, made.reports()),
                        difference("duplicates", printed, made.duplicates()),
                        difference("successful", printed, made.successful()),
                        difference("failed", printed, made.failed()),
                        difference("unreadable", printed, 0))
                .filter(text -> !text.isEmpty())
                .toList();
        if (!wrong.isEmpty()) {
            throw new IllegalStateException("counted otherwise than made: " + wrong);
        }
    }

    private static String difference(String name, JsonNode printed, long expected) {
        long actual = printed.path(name).asLong(-1);
        return actual == expected ? "" : name + " " + actual + ", not " + expected;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
