// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/// Questions in numbers, sent by dnsperf.
///
/// @param answers how many came back
/// @param perSecond at what rate
/// @param cpuMillis processor time of the resolver for one answer
record Load(long answers, double perSecond, double cpuMillis) {
    private static final Pattern COMPLETED = Pattern.compile("Queries completed:\\s+(\\d+)");
    private static final Pattern RATE = Pattern.compile("Queries per second:\\s+([0-9.]+)");
    private static final Pattern NOERROR = Pattern.compile("NOERROR (\\d+)");

    /// Each question of the file once.
    static Load once(Peer peer, Path questions) throws IOException, InterruptedException {
        return run(peer, questions, List.of("-n", "1"));
    }

    /// The questions of the file over and over.
    static Load lasting(Peer peer, Path questions, Duration time) throws IOException, InterruptedException {
        return run(peer, questions, List.of("-l", String.valueOf(time.toSeconds())));
    }

    private static Load run(Peer peer, Path questions, List<String> extent) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(
                "dnsperf", "-s", "127.0.0.1", "-p", String.valueOf(peer.port()), "-d", questions.toString(), "-D"));
        command.addAll(List.of("-q", "100", "-c", "4", "-t", "10"));
        command.addAll(extent);
        double before = peer.cpu();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        double cpu = peer.cpu() - before;
        if (process.waitFor() != 0) {
            throw new IOException("dnsperf failed: " + text);
        }
        long completed = Math.round(number(COMPLETED, text));
        if (number(NOERROR, text) < completed) {
            throw new IOException("not every question was answered with NOERROR: " + text);
        }
        return new Load(completed, number(RATE, text), 1000 * cpu / completed);
    }

    private static double number(Pattern pattern, String text) throws IOException {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IOException("dnsperf printed something else than expected: " + text);
        }
        return Double.parseDouble(matcher.group(1));
    }

    /// Whether a resolver answers at all on the port.
    static boolean answers(int port) throws IOException {
        var query = Message.newQuery(Record.newRecord(Name.root, Type.DNSKEY, DClass.IN));
        try (var socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(BenchWorld.LOOPBACK, port));
            socket.setSoTimeout(500);
            byte[] octets = query.toWire();
            socket.send(new DatagramPacket(octets, octets.length));
            socket.receive(new DatagramPacket(new byte[4096], 4096));
            return true;
        } catch (java.net.SocketTimeoutException | java.net.PortUnreachableException e) {
            return false;
        }
    }

    static Path questions(Path folder, String name, List<String> lines) throws IOException {
        return Files.write(folder.resolve(name), lines);
    }
}
