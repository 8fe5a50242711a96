// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.gatepost.cli.demo.LabGateway;
import org.gatepost.lab.Inbox;
import org.gatepost.lab.Lab;
import org.gatepost.lab.ReceivedMessage;
import org.gatepost.lab.Scenario;
import org.gatepost.lab.SenderSide;

/// Runs of one gateway that end by `kill -9` while clients submit and hosts receive, and the judgement of what came of
/// it (spec Q1). Used by one thread.
///
/// Each run of the gateway calls itself by another host name, so that a copy tells by whom it was delivered.
final class KillRounds {
    /// `queue.concurrency` of the gateway: so many messages may be in flight at a kill.
    static final int IN_FLIGHT = 20;

    private static final Duration PATIENCE = Duration.ofSeconds(100);

    private final Lab lab;
    private final Path folder;
    private final List<Scenario> domains;
    private final InetSocketAddress address;
    private final Submission submission;
    private int runs;

    /// @param domains of the lab, each with one host that takes everything
    /// @param messages how many there are to submit, in turn to all domains
    KillRounds(Lab lab, Path folder, List<Scenario> domains, int messages) throws IOException {
        this.lab = lab;
        this.folder = folder;
        this.domains = domains;
        this.address = freeAddress();
        this.submission = new Submission(
                IntStream.range(0, messages)
                        .mapToObj(number -> new LedgerMessage(
                                number, 1, domains.get(number % domains.size()).domain()))
                        .toList(),
                domains.stream().map(this::inbox).toList());
    }

    /// A message as a host of the lab took it.
    ///
    /// @param run which run of the gateway delivered it, from 1
    private record Copy(String token, int run, Scenario domain, ReceivedMessage message) {}

    private static InetSocketAddress freeAddress() throws IOException {
        InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
        try (ServerSocket socket = new ServerSocket(0, 1, loopback)) {
            return new InetSocketAddress(loopback, socket.getLocalPort());
        }
    }

    private Inbox inbox(Scenario domain) {
        return lab.domain(domain).hosts().getFirst().inbox();
    }

    Submission submission() {
        return submission;
    }

    int delivered() {
        return domains.stream()
                .mapToInt(domain -> inbox(domain).messages().size())
                .sum();
    }

    /// Starts a gateway under load, and kills it so long after so many further messages were acknowledged.
    ///
    /// @return how long it took to become ready
    Duration killWhileWorking(int acknowledgements, Duration further) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        try (GatewayProcess gateway = GatewayProcess.start(nextConfig())) {
            Duration start = Duration.ofNanos(System.nanoTime() - begun);
            submission.start(address);
            if (!submission.awaitAcknowledgements(acknowledgements, PATIENCE)) {
                throw new AssertionError("no progress: " + submission.complaints() + "\n" + gateway.lastWords());
            }
            LockSupport.parkNanos(further.toNanos());
            submission.expectLoss();
            assertThat(gateway.isRunning()).isTrue();
            gateway.kill();
            submission.awaitClients();
            return start;
        }
    }

    /// Starts a gateway and kills it so long afterwards, ready or not.
    void killWhileStarting(Duration after) throws IOException, InterruptedException {
        try (GatewayProcess gateway = GatewayProcess.launch(nextConfig())) {
            LockSupport.parkNanos(after.toNanos());
            assertThat(gateway.isRunning()).as(gateway.lastWords()).isTrue();
            gateway.kill();
        }
    }

    /// A last run, that is not killed: delivers what is left.
    ///
    /// @param submitting whether the rest is submitted first
    void finish(boolean submitting) throws IOException, InterruptedException {
        try (GatewayProcess gateway = GatewayProcess.start(nextConfig())) {
            if (submitting) {
                submission.start(address);
                submission.awaitClients();
            }
            awaitDelivery();
            assertThat(gateway.stop()).as("the exit status after SIGTERM").isEqualTo(143);
        }
    }

    /// The lab's configuration with the patience of a gateway at work: a host that is slow because the machine is
    /// must not lead to a second delivery, nor a kill to the end of a lifetime.
    private Path nextConfig() throws IOException {
        runs++;
        Path file = LabGateway.writeConfig(lab, folder, SenderSide.DANE_AND_MTA_STS);
        String text = Files.readString(file)
                .replace("\"gateway.sender.test\"", "\"run" + runs + ".sender.test\"")
                .replace("127.0.0.1:0", "127.0.0.1:" + address.getPort())
                .replace("lifetime = \"6s\"", "lifetime = \"1h\"\nconcurrency = " + IN_FLIGHT)
                .replaceAll("(command|data|connect)-timeout = \"4s\"", "$1-timeout = \"1m\"")
                .replace("timeout = \"5s\"", "timeout = \"20s\"");
        return Files.writeString(folder.resolve("run" + runs + ".toml"), text);
    }

    private void awaitDelivery() throws InterruptedException {
        Map<String, Set<String>> wanted = submission.acknowledged().values().stream()
                .collect(Collectors.groupingBy(
                        message -> message.domain().toString(),
                        Collectors.mapping(LedgerMessage::token, Collectors.toSet())));
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        for (Scenario domain : domains) {
            Set<String> tokens = wanted.getOrDefault(domain.domain().toString(), Set.of());
            if (!inbox(domain)
                    .await(
                            all -> tokens(all).containsAll(tokens),
                            Duration.ofNanos(Math.max(1, deadline - System.nanoTime())))) {
                return; // What is missing, the judgement says.
            }
        }
    }

    private static Set<String> tokens(List<ReceivedMessage> all) {
        return all.stream()
                .flatMap(copy -> LedgerMessage.tokenOf(copy).stream())
                .collect(Collectors.toSet());
    }

    private List<Copy> copies() {
        List<Copy> copies = new ArrayList<>();
        for (Scenario domain : domains) {
            for (ReceivedMessage message : inbox(domain).messages()) {
                String token = LedgerMessage.tokenOf(message).orElse("unknown");
                int run = Integer.parseInt(message.clientName().replaceAll("\\D", ""));
                copies.add(new Copy(token, run, domain, message));
            }
        }
        return copies;
    }

    /// Judges all runs, after [#finish].
    ///
    /// @return how many copies were one too many
    int judge() {
        Map<String, LedgerMessage> acknowledged = submission.acknowledged();
        List<Copy> copies = copies();
        assertThat(submission.complaints()).isEmpty();
        int twice = judgeNumbers(acknowledged, copies);
        copies.forEach(this::judgeCopy);
        assertThat(lab.sender().hosts().getFirst().inbox().messages())
                .as("reports to the sender")
                .isEmpty();
        assertThat(lab.attacker().inbox().messages()).isEmpty();
        return twice;
    }

    private int judgeNumbers(Map<String, LedgerMessage> acknowledged, List<Copy> copies) {
        Map<String, TreeMap<Integer, Integer>> byRun = new HashMap<>();
        copies.forEach(copy ->
                byRun.computeIfAbsent(copy.token(), token -> new TreeMap<>()).merge(copy.run(), 1, Integer::sum));
        Set<String> lost = new TreeSet<>(acknowledged.keySet());
        lost.removeAll(byRun.keySet());
        assertThat(lost).as("acknowledged and never delivered").isEmpty();
        assertThat(byRun)
                .as("how often each run delivered a message: nothing was in flight within a run")
                .allSatisfy((token, times) -> assertThat(times.values()).containsOnly(1));
        for (int kill = 1; kill < runs; kill++) {
            int last = kill;
            assertThat(byRun.values())
                    .filteredOn(times -> times.containsKey(last) && times.lastKey() > last)
                    .as("delivered by run " + last + ", which was killed, and again later")
                    .hasSizeLessThanOrEqualTo(IN_FLIGHT);
        }
        Set<String> unacknowledged = new TreeSet<>(byRun.keySet());
        unacknowledged.removeAll(acknowledged.keySet());
        assertThat(unacknowledged)
                .as("delivered, though the client saw no acknowledgement")
                .hasSizeLessThanOrEqualTo((runs - 1) * Submission.CLIENTS);
        return copies.size() - byRun.size();
    }

    private void judgeCopy(Copy copy) {
        String[] parts = copy.token().split("\\.", 2);
        LedgerMessage message = new LedgerMessage(
                Integer.parseInt(parts[0]),
                Integer.parseInt(parts[1]),
                copy.domain().domain());
        assertThat(domains.get(message.number() % domains.size()))
                .as(copy.token() + " at " + copy.domain().id())
                .isEqualTo(copy.domain());
        assertThat(message.isIntactIn(copy.message()))
                .as(copy.token() + " is intact")
                .isTrue();
        assertThat(copy.message().tls()).as(copy.token() + " came over TLS").isPresent();
    }
}
