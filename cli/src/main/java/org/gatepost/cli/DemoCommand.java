// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.gatepost.cli.demo.DemoJson;
import org.gatepost.cli.demo.DemoText;
import org.gatepost.cli.demo.Demonstration;
import org.gatepost.cli.demo.ScenarioResult;
import org.gatepost.lab.Scenario;
import org.gatepost.lab.Scenarios;
import org.gatepost.lab.SenderSide;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Shows what the gateway does, in a small internet of its own.
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Starts a small internet with signed zones, mail hosts, policy hosts and an attacker on loopback addresses, sends a"
                    + " message for each scenario through the gateway, and shows how each ended.",
            "Exit status: 0 when every scenario ended as it must and no protected body could be read on the wire, else 1."
        })
final class DemoCommand implements Callable<Integer> {
    @Parameters(paramLabel = "SCENARIO", arity = "0..*", description = "only these, by id; all by default")
    private List<String> ids = List.of();

    @Option(names = "--json", description = "print JSON (docs/reference/demo-json.md)")
    private boolean json;

    @Option(
            names = "--hold",
            description = "afterwards keep the lab running until Enter is pressed, for `gatepost explain --config`")
    private boolean hold;

    @Option(names = "--log", description = "show the gateway's log")
    private boolean log;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (!log) {
            Logging.silence();
        }
        List<Scenario> scenarios = chosen();
        PrintWriter out = spec.commandLine().getOut();
        Path folder = Files.createTempDirectory("gatepost-demo");
        try (Demonstration demonstration = Demonstration.start(folder, scenarios)) {
            DemoText text = new DemoText(out);
            if (!json) {
                text.start(scenarios);
            }
            List<ScenarioResult> results = demonstration.run(json ? result -> {} : text::row);
            if (json) {
                out.print(DemoJson.render(results));
            } else {
                text.end(results);
            }
            out.flush();
            if (hold) {
                awaitEnter(demonstration, scenarios.getFirst().sender());
            }
            return results.stream().allMatch(ScenarioResult::expected) ? 0 : Main.NO;
        } finally {
            delete(folder);
        }
    }

    private List<Scenario> chosen() {
        List<Scenario> all = Scenarios.all();
        if (ids.isEmpty()) {
            return all;
        }
        for (String id : ids) {
            if (all.stream().noneMatch(scenario -> scenario.id().equals(id))) {
                throw new ParameterException(
                        spec.commandLine(),
                        "there is no scenario '" + id + "'; their ids: "
                                + String.join(
                                        " ", all.stream().map(Scenario::id).toList()));
            }
        }
        return all.stream().filter(scenario -> ids.contains(scenario.id())).toList();
    }

    private void awaitEnter(Demonstration demonstration, SenderSide side) throws IOException {
        PrintWriter err = spec.commandLine().getErr();
        err.println("The lab is still running. In another terminal:");
        err.println("  ./gatepost explain --connect --config "
                + demonstration.gateway(side).configFile() + " bob@dane-311.test");
        err.println("Press Enter to end it.");
        err.flush();
        int ignored = System.in.read();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
