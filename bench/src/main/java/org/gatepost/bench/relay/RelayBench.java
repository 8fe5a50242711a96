// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Relaying end to end, beside Postfix: `./dev bench relay`. Runs in the namespaces that `bench/in-namespace` makes.
///
/// In a case, all systems run at once and are given the same load in turn, round by round. Before their first measured
/// run each has had the same load for some seconds, and has shown that it gives no message to a host that is not what
/// the domain's policy demands. Every message must arrive, once.
final class RelayBench {
    private static final String LIMITS = "limits";
    private static final String BACKLOG = "backlog";

    private final Path folder;
    private final Path programs;
    private final RelayOptions options;
    private final List<String> failed = new ArrayList<>();

    private RelayBench(Path folder, Path programs, RelayOptions options) {
        this.folder = folder;
        this.programs = programs;
        this.options = options;
    }

    public static void main(String[] words) throws Exception {
        try {
            if (List.of(words).contains("--help")) {
                System.out.print(usage());
                return;
            }
            new RelayBench(variable("GATEPOST_BENCH_FOLDER"), variable("GATEPOST_BENCH_PROGRAMS"), options(words))
                    .run();
        } catch (BenchFailure e) {
            System.err.println("relay bench: " + e.getMessage());
            System.exit(1);
        }
    }

    private static Path variable(String name) {
        String value = System.getenv(name);
        if (value == null) {
            throw new BenchFailure(name + " is not set; start it by ./dev bench relay");
        }
        return Path.of(value);
    }

    private static RelayOptions options(String[] words) {
        RelayOptions options = RelayOptions.parse(words);
        for (String name : options.cases()) {
            if (!names().contains(name)) {
                throw new BenchFailure(
                        "there is no case or option '" + name + "'; cases are " + String.join(", ", names()));
            }
        }
        return options;
    }

    private static List<String> names() {
        var names = new ArrayList<String>();
        names.add(LIMITS);
        RelayCase.ALL.forEach(one -> names.add(one.name()));
        names.add(BACKLOG);
        return names;
    }

    private static String usage() {
        var text = new StringBuilder(RelayOptions.USAGE);
        text.append("  %-10s %s%n".formatted(LIMITS, "what the machine allows: syncs, TLS handshakes, SMTP in clear"));
        RelayCase.ALL.forEach(one -> text.append("  %-10s %s%n".formatted(one.name(), one.about())));
        text.append("  %-10s %s%n".formatted(BACKLOG, "a long queue of mail to hosts that are down"));
        return text.toString();
    }

    private boolean isChosen(String name) {
        return options.cases().isEmpty() || options.cases().contains(name);
    }

    private void run() throws IOException, InterruptedException {
        List<RelayCase> cases =
                RelayCase.ALL.stream().filter(one -> isChosen(one.name())).toList();
        Population population =
                cases.stream().map(RelayCase::population).reduce(new Population(0, 0, 0, 0, 0), Population::and);
        if (isChosen(LIMITS)) {
            population = population.and(MachineLimits.POPULATION);
        }
        if (isChosen(BACKLOG)) {
            population = population.and(Backlog.POPULATION);
        }
        System.out.printf(
                "making %,d zones; GATEPOST_JAVA_ARGS: %s%n",
                population.all().size() + 2, System.getenv().getOrDefault("GATEPOST_JAVA_ARGS", "none"));
        var load = new MailLoad(ProcessGroup.create("load"), programs.resolve("load"));
        try (var internet = RelayInternet.start(folder.resolve("internet"), programs, population)) {
            if (isChosen(LIMITS)) {
                attempt(LIMITS, () -> new MachineLimits(folder, programs, internet, load, options).print());
            }
            for (RelayCase one : cases) {
                attempt(one.name(), () -> compare(one, internet, load));
            }
            if (isChosen(BACKLOG)) {
                attempt(BACKLOG, () -> new Backlog(folder, internet, load, options).print());
            }
        }
        if (!failed.isEmpty()) {
            throw new BenchFailure("no result of " + String.join(", ", failed));
        }
    }

    private interface Part {
        void run() throws IOException, InterruptedException;
    }

    /// Runs a part; when it fails, the others may still say something.
    private void attempt(String name, Part part) throws IOException, InterruptedException {
        try {
            part.run();
        } catch (BenchFailure e) {
            System.out.println(name + " FAILED: " + e.getMessage());
            failed.add(name);
        }
    }

    private void compare(RelayCase one, RelayInternet internet, MailLoad load)
            throws IOException, InterruptedException {
        int messages = options.messages().orElse(one.messages());
        System.out.printf(
                "%n%s: %s; %,d messages of %,d octets, 20 sessions%n", one.name(), one.about(), messages, one.size());
        Path domains = MailLoad.list(
                folder.resolve(one.name() + ".domains"), one.population().live());
        List<Destination> refused = one.population().controls();
        Path controls = MailLoad.list(folder.resolve(one.name() + ".controls"), refused);
        var bench = new Bench(internet, load, options, domains);
        var systems = new ArrayList<RelaySystem>();
        try {
            start(one, internet, systems);
            for (RelaySystem system : systems) {
                bench.warmUp(system, one.size());
                bench.control(system, controls, refused.size());
            }
            Map<String, List<RelayRun>> runs = new LinkedHashMap<>();
            for (int round = 0; round < options.rounds(); round++) {
                for (RelaySystem system : systems) {
                    runs.computeIfAbsent(system.name(), _ -> new ArrayList<>())
                            .add(bench.measure(system, messages, one.size(), one.rate()));
                }
            }
            new ResultTable(runs, one.goals()).print();
        } finally {
            systems.forEach(RelaySystem::close);
        }
    }

    private void start(RelayCase one, RelayInternet internet, List<RelaySystem> systems)
            throws IOException, InterruptedException {
        boolean sts = one.population().sts() > 0;
        for (PostfixRelay.Setting setting : PostfixRelay.Setting.values()) {
            if (setting == PostfixRelay.Setting.DEFAULT || !one.freshConnections()) {
                systems.add(PostfixRelay.start(
                        own("postfix-" + setting.port() + "-" + one.name()), internet, setting, sts));
            }
        }
        systems.add(GatepostRelay.start(own("gatepost-" + one.name()), internet, one.freshConnections()));
    }

    private Path own(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }
}
