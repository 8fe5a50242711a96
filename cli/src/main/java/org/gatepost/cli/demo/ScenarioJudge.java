// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.delivery.RecipientResult;
import org.gatepost.lab.Expected;
import org.gatepost.lab.Lab;
import org.gatepost.lab.MxHost;
import org.gatepost.lab.Protection;
import org.gatepost.lab.ReceivedMessage;
import org.gatepost.lab.Scenario;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.policy.TransportVerdict;

/// Compares how a message ended with how it had to: what the gateway said, what the hosts received, what the sender
/// got back, and what anybody in the path could read.
final class ScenarioJudge {
    private final Lab lab;
    private final LabMessage message;
    private final Course course;
    private final Scenario scenario;
    private final List<String> objections = new ArrayList<>();

    ScenarioJudge(Lab lab, LabMessage message, Course course) {
        this.lab = lab;
        this.message = message;
        this.course = course;
        this.scenario = message.scenario();
    }

    ScenarioResult judge(long deadlineNanos) throws InterruptedException {
        Optional<Course.Entry> end = course.end();
        if (end.isEmpty()) {
            objections.add("neither delivered nor returned in time");
            return new ScenarioResult(scenario, "still queued", Optional.empty(), Optional.empty(), objections);
        }
        judgeWire();
        return switch (end.get().result()) {
            case RecipientResult.Delivered delivered -> judgeDelivered(delivered);
            case RecipientResult.NotDelivered returned -> judgeReturned(returned, deadlineNanos);
        };
    }

    private void judgeWire() {
        if (!scenario.bodyMayBeInClear()) {
            lab.readInClear(message.secret()).forEach(host -> objections.add("the body reached " + host + " in clear"));
        }
        if (scenario.tlsaMustNotBeAsked() && lab.tlsaWasAsked(scenario)) {
            objections.add("TLSA records of an unsigned host were asked for");
        }
    }

    private ScenarioResult judgeDelivered(RecipientResult.Delivered delivered) {
        Protection protection = protection(delivered.protection());
        switch (scenario.expected()) {
            case Expected.Returned returned -> objections.add("delivered, and should come back: " + returned.reply());
            case Expected.Delivered expected -> {
                if (protection != expected.protection()) {
                    objections.add(
                            "should be protected by " + expected.protection().description());
                }
                lab.expectedHost(scenario).ifPresent(this::judgeReceived);
            }
        }
        String held = course.wasHeld() ? "held, then delivered: " : "delivered: ";
        return new ScenarioResult(
                scenario, held + protection.description(), Optional.empty(), Optional.empty(), objections);
    }

    private void judgeReceived(MxHost host) {
        List<ReceivedMessage> received = received(host);
        if (received.size() != 1) {
            objections.add(host.name() + " has the message " + received.size() + " times");
            return;
        }
        ReceivedMessage copy = received.getFirst();
        String sent = new String(
                message.content().getBytes(java.nio.charset.StandardCharsets.UTF_8),
                java.nio.charset.StandardCharsets.ISO_8859_1);
        if (!copy.content().endsWith(sent)) {
            objections.add("the message was changed on its way");
        }
        judgeDemand(copy);
        if (copy.tls().isEmpty() != scenario.bodyMayBeInClear()) {
            objections.add(copy.tls().isEmpty() ? "it came in clear" : "it came over TLS");
        }
        lab.allHosts()
                .filter(other -> !other.equals(host) && !received(other).isEmpty())
                .forEach(other -> objections.add(other.name() + " has the message, too"));
    }

    /// REQUIRETLS goes all the way, and back with a report (RFC 8689 §4.2.1, §5).
    private void judgeDemand(ReceivedMessage copy) {
        boolean said = List.of(copy.parameters().split(" ")).contains("REQUIRETLS");
        if (said != scenario.sender().requiresTls()) {
            objections.add(said ? "REQUIRETLS was added" : "REQUIRETLS was not passed on");
        }
    }

    private List<ReceivedMessage> received(MxHost host) {
        return host.inbox().messages().stream()
                .filter(copy -> copy.forwardPaths().contains(message.to().toString()))
                .toList();
    }

    private ScenarioResult judgeReturned(RecipientResult.NotDelivered returned, long deadlineNanos)
            throws InterruptedException {
        String reply = OutcomeTable.permanent(returned.failure()).toString();
        Optional<String> report = awaitReport(deadlineNanos);
        switch (scenario.expected()) {
            case Expected.Delivered expected ->
                objections.add("should be delivered, protected by "
                        + expected.protection().description());
            case Expected.Returned expected -> {
                if (!expected.matches(reply)) {
                    objections.add("should say: " + expected.reply());
                }
                if (expected.heldFirst() != course.wasHeld()) {
                    objections.add(expected.heldFirst() ? "was not tried again" : "should come back at once");
                }
            }
        }
        if (report.isEmpty()) {
            objections.add("the sender got no report");
        } else if (!report.get().contains("Diagnostic-Code: smtp; " + reply + "\r\n")) {
            objections.add("the report has another diagnostic code");
        }
        String held = course.wasHeld() ? "held, then returned" : "returned at once";
        return new ScenarioResult(scenario, held, Optional.of(reply), report, objections);
    }

    private Optional<String> awaitReport(long deadlineNanos) throws InterruptedException {
        String recipient = "Final-Recipient: rfc822; " + message.to() + "\r\n";
        var inbox = lab.sender().hosts().getFirst().inbox();
        inbox.await(
                all -> all.stream().anyMatch(report -> report.content().contains(recipient)),
                Duration.ofNanos(Math.max(1, deadlineNanos - System.nanoTime())));
        Optional<ReceivedMessage> found = inbox.messages().stream()
                .filter(report -> report.content().contains(recipient))
                .findFirst();
        found.ifPresent(this::judgeDemand);
        return found.map(ReceivedMessage::content);
    }

    static Protection protection(TransportVerdict.Protection protection) {
        return switch (protection) {
            case DANE, DANE_UNSIGNED_MX -> Protection.DANE;
            case MTA_STS -> Protection.MTA_STS;
            case DANE_AND_MTA_STS -> Protection.DANE_AND_MTA_STS;
            case CERTIFICATE -> Protection.CERTIFICATE;
            case TLS, CONNECTOR -> Protection.TLS;
            case NONE -> Protection.CLEAR;
        };
    }
}
