// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What a Java process holds at a moment.
///
/// @param descriptors open files and sockets
/// @param threads of the operating system
/// @param resident octets of memory
/// @param live octets of objects in use, after a full collection
record Vitals(long descriptors, long threads, long resident, long live) {
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total +\\d+ +(\\d+)");

    /// Looks at a process of this user on Linux, and has it collect its garbage. It must not be this one, which would
    /// stand still while it prints what only it could read.
    static Vitals of(long pid) throws IOException, InterruptedException {
        long live = liveOctets(pid);
        Path process = Path.of("/proc", Long.toString(pid));
        String status = Files.readString(process.resolve("status"));
        try (Stream<Path> open = Files.list(process.resolve("fd"))) {
            return new Vitals(open.count(), number(status, "Threads"), number(status, "VmRSS") << 10, live);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static long number(String status, String name) throws IOException {
        return first(Pattern.compile("(?m)^" + name + ":\\s+(\\d+)"), status);
    }

    /// The histogram counts what is reachable, and so begins with a full collection.
    private static long liveOctets(long pid) throws IOException, InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Process process = new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        process.waitFor();
        return first(TOTAL, said);
    }

    private static long first(Pattern pattern, String text) throws IOException {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IOException("no " + pattern + " in: " + text.substring(0, Math.min(200, text.length())));
        }
        return Long.parseLong(matcher.group(1));
    }

    @Override
    public String toString() {
        return resident / 1_000_000 + " MB resident, " + live / 1_000_000 + " MB live, " + descriptors
                + " descriptors, " + threads + " threads";
    }
}
