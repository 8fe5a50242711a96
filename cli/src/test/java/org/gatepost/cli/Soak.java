// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.gatepost.cli.demo.LabGateway;
import org.gatepost.lab.Lab;
import org.gatepost.lab.LabDomain;
import org.gatepost.lab.MxHost;
import org.gatepost.lab.ReceivedMessage;
import org.gatepost.lab.Reception;
import org.gatepost.lab.Scenario;
import org.gatepost.lab.Scenarios;
import org.gatepost.lab.SenderSide;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.Spool;

/// `./dev soak`: one gateway at work for a long time among hosts that are good, bad or in trouble now and then. It must
/// hold no more in the end than soon after the start, and everything that it acknowledged must be delivered, returned
/// or queued.
final class Soak {
    private static final int BULK = 20;
    private static final Duration STEP = Duration.ofMillis(500);
    private static final Duration SAMPLE = Duration.ofSeconds(10);
    private static final Duration LINE = Duration.ofMinutes(1);

    /// At least; a fifth of a long run.
    private static final Duration WARM_UP = Duration.ofMinutes(1);

    private static final Duration LIFETIME = Duration.ofSeconds(60);

    /// With all its heap from the start, the resident memory grows only by what lies outside.
    private static final List<String> JVM = List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch");

    private static final Set<String> OFTEN =
            Set.of("plain-tls", "plain-clear", "dane-311", "dane-211", "sts-good", "second-mx");
    private static final Set<String> SELDOM = Set.of(
            "dane-mismatch",
            "dane-bogus-mx",
            "sts-untrusted",
            "sts-stripped",
            "unreachable",
            "closed",
            "closed-after-message",
            "timeout",
            "no-mailbox",
            "message-refused",
            "greylisted",
            "greylisted-for-ever",
            "mx-servfail",
            "no-domain");

    private final Lab lab;
    private final Path folder;
    private final List<Scenario> bulk;
    private final List<Scenario> others;
    private final SoakLedger ledger = new SoakLedger();
    private final List<Vitals> samples = new ArrayList<>();
    private final Random random = new Random(1);
    private long acknowledgedBefore;

    private Soak(Lab lab, Path folder, List<Scenario> bulk, List<Scenario> others) {
        this.lab = lab;
        this.folder = folder;
        this.bulk = bulk;
        this.others = others;
    }

    /// @param arguments how many minutes of traffic, two at least
    public static void main(String[] arguments) throws IOException, InterruptedException {
        long minutes = Long.parseLong(arguments[0]);
        if (minutes < 2) {
            throw new IllegalArgumentException("at least two minutes: the first one warms up");
        }
        Path folder = Files.createTempDirectory("gatepost-soak");
        List<Scenario> bulk = Scenarios.bulk(BULK);
        List<Scenario> others = Scenarios.all().stream()
                .filter(scenario -> OFTEN.contains(scenario.id()) || SELDOM.contains(scenario.id()))
                .toList();
        boolean sound;
        try (Lab lab =
                Lab.start(folder, Stream.concat(bulk.stream(), others.stream()).toList(), InstantSource.system())) {
            sound = new Soak(lab, folder, bulk, others).run(Duration.ofMinutes(minutes));
        } finally {
            delete(folder);
        }
        System.exit(sound ? 0 : 1);
    }

    private boolean run(Duration length) throws IOException, InterruptedException {
        InetSocketAddress address = freeAddress();
        GatewayProcess gateway = GatewayProcess.start(config(address), JVM);
        try (gateway) {
            var traffic = new SoakTraffic(address, ledger, often(), seldom());
            work(gateway, length);
            traffic.end();
            recover();
            settle(gateway);
            int status = gateway.stop();
            if (status != 128 + 15) {
                ledger.complain("the gateway's exit status after SIGTERM is " + status);
            }
        }
        return judge();
    }

    private List<Scenario> often() {
        return Stream.concat(bulk.stream(), others.stream().filter(one -> OFTEN.contains(one.id())))
                .toList();
    }

    private List<Scenario> seldom() {
        return others.stream().filter(one -> SELDOM.contains(one.id())).toList();
    }

    private static InetSocketAddress freeAddress() throws IOException {
        InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
        try (ServerSocket socket = new ServerSocket(0, 1, loopback)) {
            return new InetSocketAddress(loopback, socket.getLocalPort());
        }
    }

    private Path config(InetSocketAddress address) throws IOException {
        Path file = LabGateway.writeConfig(lab, folder, SenderSide.DANE_AND_MTA_STS);
        String text = Files.readString(file)
                .replace("127.0.0.1:0", "127.0.0.1:" + address.getPort())
                .replace("retry = [\"1s\"]", "retry = [\"1s\", \"5s\", \"15s\"]")
                .replace("lifetime = \"6s\"", "lifetime = \"" + LIFETIME.toSeconds() + "s\"")
                .replaceAll("(command|data|connect)-timeout = \"4s\"", "$1-timeout = \"10s\"")
                .replace("timeout = \"5s\"", "timeout = \"10s\"");
        return Files.writeString(file, text);
    }

    private void work(GatewayProcess gateway, Duration length) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Duration warmUp = WARM_UP.compareTo(length.dividedBy(5)) > 0 ? WARM_UP : length.dividedBy(5);
        Duration nextSample = SAMPLE;
        Duration nextLine = LINE;
        for (Duration now = Duration.ZERO; now.compareTo(length) < 0; now = since(start)) {
            Thread.sleep(STEP);
            collect();
            disturb();
            if (now.compareTo(nextSample) >= 0) {
                Vitals sample = Vitals.of(gateway.pid());
                if (now.compareTo(warmUp) >= 0) {
                    samples.add(sample);
                }
                if (now.compareTo(nextLine) >= 0) {
                    tell(now, now.minus(nextLine).plus(LINE), sample);
                    nextLine = now.plus(LINE);
                }
                nextSample = now.plus(SAMPLE);
            }
        }
    }

    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private void tell(Duration now, Duration span, Vitals sample) {
        long acknowledged = ledger.acknowledgedCount();
        System.out.println("soak: " + now.toMinutes() + " min: "
                + 1000 * (acknowledged - acknowledgedBefore) / span.toMillis() + " recipients/s; " + sample + "; "
                + ledger);
        acknowledgedBefore = acknowledged;
    }

    private void collect() {
        for (Scenario scenario : Stream.concat(bulk.stream(), others.stream()).toList()) {
            LabDomain domain = lab.domain(scenario);
            for (MxHost host : domain.hosts()) {
                for (ReceivedMessage copy : host.inbox().drain()) {
                    ledger.delivered(domain, copy);
                }
            }
        }
        lab.sender().hosts().getFirst().inbox().drain().forEach(ledger::returned);
        if (!lab.attacker().inbox().drain().isEmpty()) {
            ledger.complain("delivered to the attacker");
        }
    }

    /// Gives one of many hosts another mood. One that goes breaks off all its conversations where they are.
    private void disturb() throws IOException {
        Reception[] moods = {
            Reception.ACCEPTS,
            Reception.ACCEPTS,
            Reception.ACCEPTS,
            Reception.ACCEPTS_SLOWLY,
            Reception.GREYLISTS,
            Reception.CLOSES_AT_ONCE,
            Reception.CLOSES_AFTER_MESSAGE,
            Reception.NEVER_ANSWERS,
            Reception.UNREACHABLE
        };
        become(bulk.get(random.nextInt(bulk.size())), moods[random.nextInt(moods.length)]);
    }

    private void become(Scenario scenario, Reception mood) throws IOException {
        MxHost host = lab.domain(scenario).hosts().getFirst();
        host.become(host.behaviour().with(mood));
    }

    private void recover() throws IOException {
        for (Scenario scenario : bulk) {
            become(scenario, Reception.ACCEPTS);
        }
    }

    /// Waits until all is settled, or the lifetime of what is not is well over.
    private void settle(GatewayProcess gateway) throws InterruptedException {
        long end = System.nanoTime() + LIFETIME.multipliedBy(2).toNanos();
        while (ledger.openCount() > 0 && gateway.isRunning() && System.nanoTime() - end < 0) {
            Thread.sleep(STEP);
            collect();
        }
    }

    private boolean judge() throws IOException {
        collect();
        Set<String> lost = new HashSet<>(ledger.open());
        try (EmbeddedStore store = EmbeddedStore.open(folder.resolve("spool"))) {
            for (Spool.Entry entry : store.spool().list(new MessageId(0), Integer.MAX_VALUE)) {
                entry.recipients()
                        .forEach(recipient -> lost.remove(recipient.mailbox().toString()));
                if (entry.message().envelope().reversePath().isEmpty()) {
                    // A report that is on its way.
                    try (InputStream report =
                            store.spool().content(entry.message().id())) {
                        SoakLedger.reported(new String(report.readAllBytes(), StandardCharsets.UTF_8))
                                .forEach(lost::remove);
                    }
                }
            }
        }
        List<String> found = new ArrayList<>(ledger.complaints());
        if (!lost.isEmpty()) {
            found.add(lost.size() + " recipients neither delivered nor returned nor queued, such as "
                    + lost.iterator().next());
        }
        if (samples.size() < 3) {
            found.add("too few samples to tell whether anything grows");
        } else {
            VitalsTrend.growth(samples).forEach(line -> found.add("grows: " + line));
        }
        found.forEach(line -> System.out.println("soak: " + line));
        System.out.println("soak: " + ledger + ", " + lost.size() + " lost; " + (found.isEmpty() ? "sound" : "FAILED"));
        return found.isEmpty();
    }

    private static void delete(Path folder) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(folder)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.delete(file);
        }
    }
}
