// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/// What a server answered under load.
///
/// @param cpuMillis processor time of the server for one answer
record SocketmapLoad(double perSecond, double cpuMillis) {
    static final int CONNECTIONS = 20;
    static final int PIPELINED = 8;

    /// Asks for random domains of the world over all connections at once; every answer has to be a policy.
    static SocketmapLoad run(SocketmapServer server, PolicyWorld world, Duration time)
            throws IOException, InterruptedException {
        double cpu = server.cpu();
        long start = System.nanoTime();
        long end = start + time.toNanos();
        long answers = 0;
        try (var clients = Executors.newFixedThreadPool(CONNECTIONS)) {
            var tasks = IntStream.range(0, CONNECTIONS)
                    .<Callable<Long>>mapToObj(seed -> () -> ask(server, world, new Random(seed), end))
                    .toList();
            for (Future<Long> future : clients.invokeAll(tasks)) {
                answers += future.resultNow();
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        return new SocketmapLoad(answers / seconds, 1000 * (server.cpu() - cpu) / answers);
    }

    private static long ask(SocketmapServer server, PolicyWorld world, Random random, long end) throws IOException {
        try (var socket = new Socket(BenchWorld.LOOPBACK, server.port());
                var input = new BufferedInputStream(socket.getInputStream());
                var output = new BufferedOutputStream(socket.getOutputStream())) {
            socket.setTcpNoDelay(true);
            long answers = 0;
            int[] asked = new int[PIPELINED];
            while (System.nanoTime() < end) {
                for (int i = 0; i < PIPELINED; i++) {
                    asked[i] = random.nextInt(world.count());
                    Netstrings.write(output, "mta-sts d" + asked[i] + ".example");
                }
                output.flush();
                for (int i : asked) {
                    String answer = Netstrings.read(input);
                    if (!answer.startsWith("OK secure match=") || !answer.contains("mx1.d" + i + ".example")) {
                        throw new IllegalStateException("d" + i + ".example: " + answer);
                    }
                }
                answers += PIPELINED;
            }
            return answers;
        }
    }
}
