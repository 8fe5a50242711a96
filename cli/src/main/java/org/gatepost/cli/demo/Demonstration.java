// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.delivery.DeliveryEvents;
import org.gatepost.lab.Lab;
import org.gatepost.lab.Scenario;
import org.gatepost.lab.SenderSide;
import org.gatepost.names.Mailbox;

/// Runs scenarios: starts the lab and a gateway for each kind of sender's side, sends a real message for each
/// scenario, and judges how it ended.
public final class Demonstration implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    /// The lab's policy records live for a second; a new one is seen after that.
    private static final Duration RECORD_LIFE = Duration.ofMillis(1500);

    private final List<Scenario> scenarios;
    private final Lab lab;
    private final Map<SenderSide, LabGateway> gateways = new EnumMap<>(SenderSide.class);
    private final Map<Mailbox, Course> courses = new ConcurrentHashMap<>();

    private Demonstration(List<Scenario> scenarios, Lab lab) {
        this.scenarios = List.copyOf(scenarios);
        this.lab = lab;
    }

    /// Starts the lab and the gateways.
    ///
    /// @param folder an existing folder for all that they write
    public static Demonstration start(Path folder, List<Scenario> scenarios) throws IOException, ConfigProblem {
        Demonstration demonstration =
                new Demonstration(scenarios, Lab.start(folder, scenarios, InstantSource.system()));
        try {
            demonstration.startGateways(folder);
            return demonstration;
        } catch (IOException | ConfigProblem | RuntimeException e) {
            demonstration.close();
            throw e;
        }
    }

    private void startGateways(Path folder) throws IOException, ConfigProblem {
        DeliveryEvents events =
                (message, recipient, result, step) -> course(recipient).add(step, result);
        for (Scenario scenario : scenarios) {
            SenderSide side = scenario.sender();
            if (!gateways.containsKey(side)) {
                gateways.put(
                        side,
                        LabGateway.start(
                                lab, folder.resolve("gateway-" + side.name().toLowerCase(Locale.ROOT)), side, events));
            }
        }
    }

    private Course course(Mailbox recipient) {
        return courses.computeIfAbsent(recipient, mailbox -> new Course());
    }

    /// Runs all scenarios at once.
    ///
    /// @param each told of every result as it comes in, in the order of the scenarios
    public List<ScenarioResult> run(Consumer<ScenarioResult> each) throws IOException, InterruptedException {
        prime();
        submit(scenarios.stream()
                .map(scenario -> new LabMessage(scenario, "bob"))
                .toList());
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        List<ScenarioResult> results = new ArrayList<>();
        for (Scenario scenario : scenarios) {
            LabMessage message = new LabMessage(scenario, "bob");
            course(message.to()).await(deadline);
            ScenarioResult result = new ScenarioJudge(lab, message, course(message.to())).judge(deadline);
            results.add(result);
            each.accept(result);
        }
        return results;
    }

    /// Has the gateways learn what they must remember, then lets the faults begin.
    private void prime() throws IOException, InterruptedException {
        List<LabMessage> first = scenarios.stream()
                .filter(Scenario::primed)
                .map(scenario -> new LabMessage(scenario, "first"))
                .toList();
        submit(first);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        for (LabMessage message : first) {
            if (course(message.to()).await(deadline).isEmpty()) {
                throw new IOException("the first message to " + message.to() + " did not arrive");
            }
            lab.apply(message.scenario());
        }
        if (!first.isEmpty()) {
            Thread.sleep(RECORD_LIFE);
        }
    }

    private void submit(List<LabMessage> messages) throws IOException {
        Map<SenderSide, List<LabMessage>> bySide = messages.stream()
                .collect(Collectors.groupingBy(message -> message.scenario().sender()));
        for (Map.Entry<SenderSide, List<LabMessage>> entry : bySide.entrySet()) {
            gateway(entry.getKey()).submit(entry.getValue());
        }
    }

    /// The gateway that honours what this side honours.
    ///
    /// @throws IllegalArgumentException when no scenario needs one
    public LabGateway gateway(SenderSide side) {
        LabGateway gateway = gateways.get(side);
        if (gateway == null) {
            throw new IllegalArgumentException("no scenario is sent by " + side);
        }
        return gateway;
    }

    public Lab lab() {
        return lab;
    }

    @Override
    public void close() {
        gateways.values().forEach(LabGateway::close);
        lab.close();
    }
}
