// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// What the machine allows without any gateway: durable appends, TLS handshakes with OpenSSL at both ends, and the
/// bench's own load straight into its sink.
record MachineLimits(Path folder, Path programs, RelayInternet internet, MailLoad load, RelayOptions options) {
    static final Population POPULATION = new Population(0, 0, 0, 1, 0);

    private static final int SECONDS = 3;
    private static final int MESSAGES = 40_000;
    private static final int FIRST_PORT = 4433;

    private static final Pattern CONNECTIONS = Pattern.compile("(\\d+) connections in (\\d+) real seconds");

    void print() throws IOException, InterruptedException {
        System.out.printf("%nlimits of the machine, %d rounds: min / median / max%n", options.rounds());
        var syncs = new ArrayList<double[]>();
        var handshakes = new ArrayList<Double>();
        var messages = new ArrayList<Double>();
        for (int round = 0; round < options.rounds(); round++) {
            quiet();
            syncs.add(syncs());
            quiet();
            handshakes.add(handshakes());
            quiet();
            messages.add(messages());
        }
        int[] groups = {1, 8, 32};
        for (int i = 0; i < groups.length; i++) {
            int group = i;
            print(
                    "appended messages of 10 KB/s, " + groups[i] + " for each fdatasync",
                    syncs.stream().map(rates -> rates[group]).toList());
        }
        print("full TLS 1.3 handshakes/s, both ends", handshakes);
        print("messages of 10 KB/s by SMTP in clear, load to sink", messages);
    }

    private void quiet() throws InterruptedException {
        if (options.patient()) {
            Machine.awaitQuiet();
        }
    }

    private static void print(String what, List<Double> figures) {
        List<Double> sorted = figures.stream().sorted().toList();
        System.out.printf(
                "%-52s %,8.0f / %,.0f / %,.0f%n",
                what, sorted.getFirst(), sorted.get(sorted.size() / 2), sorted.getLast());
    }

    private double[] syncs() throws IOException, InterruptedException {
        String lines = Command.run(folder, programs.resolve("syncs").toString(), folder.toString(), "" + SECONDS);
        return lines.lines()
                .mapToDouble(line -> Double.parseDouble(line.split(" ", 2)[1]))
                .toArray();
    }

    /// As many pairs of client and server as there are cores.
    private double handshakes() throws IOException, InterruptedException {
        var servers = new ArrayList<Daemon>();
        var clients = new ArrayList<Process>();
        var group = ProcessGroup.create("openssl");
        try {
            for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
                int port = FIRST_PORT + i;
                String server =
                        "openssl s_server -accept 127.0.0.1:%1$d -cert %2$s/mx.pem -key %2$s/mx.key -tls1_3 -www -quiet"
                                .formatted(port, folder.resolve("internet"));
                servers.add(Daemon.start(group, "openssl", folder.resolve("openssl.log"), server.split(" ", -1))
                        .awaitConnectable("127.0.0.1", port));
            }
            for (int i = 0; i < servers.size(); i++) {
                String client =
                        "openssl s_time -connect 127.0.0.1:%d -new -tls1_3 -time %d".formatted(FIRST_PORT + i, SECONDS);
                clients.add(group.start(new ProcessBuilder(client.split(" ", -1)).redirectErrorStream(true)));
            }
            double rate = 0;
            for (Process client : clients) {
                rate += rate(Command.finish(client, List.of("openssl s_time")));
            }
            return rate;
        } finally {
            servers.forEach(Daemon::close);
        }
    }

    private static double rate(String output) {
        var found = CONNECTIONS.matcher(output);
        if (!found.find()) {
            throw new BenchFailure("openssl s_time says: " + output);
        }
        return Double.parseDouble(found.group(1)) / Double.parseDouble(found.group(2));
    }

    private double messages() throws IOException, InterruptedException {
        List<Destination> clear = POPULATION.live();
        Path domains = MailLoad.list(folder.resolve("limits.domains"), clear);
        int run = internet.sink().newRun();
        load.send(clear.getFirst().address() + ":25", domains, Map.of("run", run, "messages", MESSAGES));
        return MESSAGES
                / internet.sink().await(MESSAGES, Duration.ofSeconds(10)).of("seconds");
    }
}
