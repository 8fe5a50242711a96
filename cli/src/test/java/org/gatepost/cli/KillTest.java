// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
import org.gatepost.lab.Scenarios;
import org.gatepost.lab.SenderSide;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `kill -9` of the gateway at a random moment, twice, while clients submit and hosts receive (spec Q1).
///
/// Each run of the gateway calls itself by another host name, so that a copy tells by whom it was delivered. The seed
/// is printed; `-Dgatepost.kill.seed=…` repeats it as far as threads allow.
@Tag("slow")
class KillTest {
    private static final int DOMAINS = 50;
    private static final int MESSAGES = 1000;
    private static final int KILLS = 2;

    /// `queue.concurrency` of the gateway: so many messages may be in flight at a kill.
    private static final int IN_FLIGHT = 20;

    private static final Duration PATIENCE = Duration.ofSeconds(100);

    private final long seed = Long.getLong("gatepost.kill.seed", new SecureRandom().nextLong());
    private final Random random = new Random(seed);
    private final List<Scenario> domains = Scenarios.bulk(DOMAINS);
    private final List<String> story = new ArrayList<>();

    /// A message as a host of the lab took it.
    ///
    /// @param run which run of the gateway delivered it, from 1
    private record Copy(String token, int run, Scenario domain, ReceivedMessage message) {}

    @Test
    @Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whatWasAcknowledgedIsDeliveredThoughTheGatewayIsKilledTwice(@TempDir Path folder) throws Exception {
        story.add("seed " + seed);
        try (Lab lab = Lab.start(folder, domains, InstantSource.system())) {
            List<Inbox> inboxes = domains.stream()
                    .map(domain -> lab.domain(domain).hosts().getFirst().inbox())
                    .toList();
            Submission submission = new Submission(messages(), inboxes);
            submitThroughKills(lab, folder, submission);
            long twice = copies(lab).stream().map(Copy::token).count()
                    - copies(lab).stream().map(Copy::token).distinct().count();
            story.add(submission.acknowledged().size() + " acknowledged in the end, " + twice + " delivered again");
            System.out.println("KillTest: " + String.join("; ", story));
            judge(lab, submission);
        }
    }

    private List<LedgerMessage> messages() {
        return IntStream.range(0, MESSAGES)
                .mapToObj(number -> new LedgerMessage(
                        number, 1, domains.get(number % DOMAINS).domain()))
                .toList();
    }

    private void submitThroughKills(Lab lab, Path folder, Submission submission)
            throws IOException, InterruptedException {
        InetSocketAddress address = freeAddress();
        for (int run = 1; run <= KILLS; run++) {
            try (GatewayProcess gateway = GatewayProcess.start(config(lab, folder, address, run))) {
                submission.start(address);
                // With at most five a domain ahead of delivery, many have been delivered after so many.
                if (!submission.awaitAcknowledgements(280 + random.nextInt(120), PATIENCE)) {
                    throw new AssertionError("no progress: " + submission.complaints() + "\n" + gateway.lastWords());
                }
                LockSupport.parkNanos(random.nextInt(30_000_000));
                submission.expectLoss();
                assertThat(gateway.isRunning()).isTrue();
                gateway.kill();
                submission.awaitClients();
            }
            noteKill(lab, submission);
        }
        try (GatewayProcess gateway = GatewayProcess.start(config(lab, folder, address, KILLS + 1))) {
            submission.start(address);
            submission.awaitClients();
            awaitDelivery(lab, submission);
            assertThat(gateway.stop()).as("the exit status after SIGTERM").isEqualTo(143);
        }
    }

    private void noteKill(Lab lab, Submission submission) {
        int delivered = copies(lab).size();
        int acknowledged = submission.acknowledged().size();
        story.add("killed when " + acknowledged + " were acknowledged and " + delivered + " delivered");
        assertThat(delivered).isPositive();
        assertThat(acknowledged).isLessThan(MESSAGES);
        assertThat(submission.isComplete()).isFalse();
    }

    private static InetSocketAddress freeAddress() throws IOException {
        InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
        try (ServerSocket socket = new ServerSocket(0, 1, loopback)) {
            return new InetSocketAddress(loopback, socket.getLocalPort());
        }
    }

    /// The lab's configuration with the patience of a gateway at work: a host that is slow because the machine is
    /// must not lead to a second delivery, nor a kill to the end of a lifetime.
    private static Path config(Lab lab, Path folder, InetSocketAddress address, int run) throws IOException {
        Path file = LabGateway.writeConfig(lab, folder, SenderSide.DANE_AND_MTA_STS);
        String text = Files.readString(file)
                .replace("\"gateway.sender.test\"", "\"run" + run + ".sender.test\"")
                .replace("127.0.0.1:0", "127.0.0.1:" + address.getPort())
                .replace("lifetime = \"6s\"", "lifetime = \"1h\"\nconcurrency = " + IN_FLIGHT)
                .replaceAll("(command|data|connect)-timeout = \"4s\"", "$1-timeout = \"1m\"")
                .replace("timeout = \"2s\"", "timeout = \"20s\"");
        return Files.writeString(folder.resolve("run" + run + ".toml"), text);
    }

    private void awaitDelivery(Lab lab, Submission submission) throws InterruptedException {
        Map<String, Set<String>> wanted = submission.acknowledged().values().stream()
                .collect(Collectors.groupingBy(
                        message -> message.domain().toString(),
                        Collectors.mapping(LedgerMessage::token, Collectors.toSet())));
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        for (Scenario domain : domains) {
            Set<String> tokens = wanted.getOrDefault(domain.domain().toString(), Set.of());
            Inbox inbox = lab.domain(domain).hosts().getFirst().inbox();
            if (!inbox.await(
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

    private List<Copy> copies(Lab lab) {
        List<Copy> copies = new ArrayList<>();
        for (Scenario domain : domains) {
            for (ReceivedMessage message :
                    lab.domain(domain).hosts().getFirst().inbox().messages()) {
                String token = LedgerMessage.tokenOf(message).orElse("unknown");
                int run = Integer.parseInt(message.clientName().replaceAll("\\D", ""));
                copies.add(new Copy(token, run, domain, message));
            }
        }
        return copies;
    }

    private void judge(Lab lab, Submission submission) {
        Map<String, LedgerMessage> acknowledged = submission.acknowledged();
        List<Copy> copies = copies(lab);
        assertThat(submission.complaints()).isEmpty();
        assertThat(acknowledged).hasSize(MESSAGES);
        judgeNumbers(acknowledged, copies);
        copies.forEach(KillTest::judgeCopy);
        assertThat(lab.sender().hosts().getFirst().inbox().messages())
                .as("reports to the sender")
                .isEmpty();
        assertThat(lab.attacker().inbox().messages()).isEmpty();
    }

    private void judgeNumbers(Map<String, LedgerMessage> acknowledged, List<Copy> copies) {
        Map<String, TreeMap<Integer, Integer>> byRun = new HashMap<>();
        copies.forEach(copy ->
                byRun.computeIfAbsent(copy.token(), token -> new TreeMap<>()).merge(copy.run(), 1, Integer::sum));
        Set<String> lost = new TreeSet<>(acknowledged.keySet());
        lost.removeAll(byRun.keySet());
        assertThat(lost).as("acknowledged and never delivered").isEmpty();
        assertThat(byRun)
                .as("how often each run delivered a message: nothing was in flight within a run")
                .allSatisfy((token, runs) -> assertThat(runs.values()).containsOnly(1));
        assertThat(byRun)
                .as("the runs that delivered a message")
                .allSatisfy((token, runs) -> assertThat(runs).hasSizeLessThanOrEqualTo(2));
        for (int kill = 1; kill <= KILLS; kill++) {
            int last = kill;
            assertThat(byRun.values())
                    .filteredOn(runs -> runs.firstKey() <= last && runs.lastKey() > last)
                    .as("delivered before kill " + kill + " and again after it")
                    .hasSizeLessThanOrEqualTo(IN_FLIGHT);
        }
        Set<String> unacknowledged = new TreeSet<>(byRun.keySet());
        unacknowledged.removeAll(acknowledged.keySet());
        assertThat(unacknowledged)
                .as("delivered, though the client saw no acknowledgement")
                .hasSizeLessThanOrEqualTo(KILLS * Submission.CLIENTS);
    }

    private static void judgeCopy(Copy copy) {
        String[] parts = copy.token().split("\\.", 2);
        LedgerMessage message = new LedgerMessage(
                Integer.parseInt(parts[0]),
                Integer.parseInt(parts[1]),
                copy.domain().domain());
        assertThat(message.number() % DOMAINS)
                .as(copy.token() + " at " + copy.domain().id())
                .isEqualTo(Integer.parseInt(copy.domain().id().replaceAll("\\D", "")) - 1);
        assertThat(message.isIntactIn(copy.message()))
                .as(copy.token() + " is intact")
                .isTrue();
        assertThat(copy.message().tls()).as(copy.token() + " came over TLS").isPresent();
    }
}
