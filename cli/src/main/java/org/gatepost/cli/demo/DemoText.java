// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.demo;

import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import org.gatepost.lab.Scenario;

/// The demonstration as people read it: a table that grows as results come in, a report as its receiver reads it, a
/// verdict.
public final class DemoText {
    private static final String ROW = "%-3s %-29s %-27s %-44s %s%n";

    private final PrintWriter out;

    public DemoText(PrintWriter out) {
        this.out = out;
    }

    /// Prints what will happen and the table's head.
    public void start(List<Scenario> scenarios) {
        out.println("Gatepost in a small internet of its own: " + scenarios.size()
                + " domains, each with something to show. One message to each.");
        out.println(
                "What an attacker or a fault does begins before the message is sent. A queue day lasts six seconds.");
        out.println();
        out.printf(ROW, "", "domain", "asks for", "what happens to it", "how the message ended");
        out.println("-".repeat(150));
        out.flush();
    }

    /// Prints a result.
    public void row(ScenarioResult result) {
        Scenario scenario = result.scenario();
        out.printf(
                ROW,
                result.expected() ? "ok" : "NO",
                cut(scenario.domain().toString(), 29),
                cut(scenario.asksFor(), 27),
                cut(scenario.whatHappens(), 44),
                result.happened());
        result.reply().ifPresent(reply -> out.println("      " + reply));
        result.objections().forEach(objection -> out.println("      NOT AS IT MUST BE: " + objection));
        out.flush();
    }

    /// Prints a report, the verdict, and where to look further.
    public void end(List<ScenarioResult> results) {
        exampleReport(results).ifPresent(report -> {
            out.println();
            out.println("A report, as the sender reads it:");
            out.println();
            humanPart(report).lines().forEach(line -> out.println("  | " + line));
        });
        long unexpected = results.stream().filter(result -> !result.expected()).count();
        out.println();
        if (unexpected == 0) {
            out.println("All " + results.size()
                    + " scenarios ended as they must. What clients sent outside TLS was kept by the"
                    + " lab: it holds no body of a message that a policy protects.");
        } else {
            out.println(unexpected + " of " + results.size() + " scenarios did not end as they must.");
        }
        out.println();
        out.println("Look further:");
        out.println(
                "  ./gatepost demo --hold dane-mismatch    keeps the lab running, for ./gatepost explain --connect");
        out.println("  ./gatepost demo --log dane-mismatch     shows the gateway's log");
        out.println("  docs/reference/outcomes.md              every outcome, its code, and who mends it");
    }

    private static Optional<String> exampleReport(List<ScenarioResult> results) {
        return results.stream()
                .filter(result -> result.scenario().id().equals("dane-mismatch"))
                .flatMap(result -> result.report().stream())
                .findFirst()
                .or(() -> results.stream()
                        .flatMap(result -> result.report().stream())
                        .findFirst());
    }

    private static String humanPart(String report) {
        int start = report.indexOf("Your message was not delivered");
        int end = start < 0 ? -1 : report.indexOf("\r\n--=_gatepost_", start);
        return end < 0 ? report : report.substring(start, end).stripTrailing();
    }

    private static String cut(String text, int width) {
        return text.length() <= width ? text : text.substring(0, width - 1) + "…";
    }
}
