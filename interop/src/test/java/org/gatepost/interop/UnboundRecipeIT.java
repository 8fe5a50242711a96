// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.gatepost.dns.DiagnosisRules;
import org.gatepost.dns.ResolverOptions;
import org.gatepost.dns.TrustAnchor;
import org.gatepost.dns.UpstreamHealth.Finding;
import org.gatepost.dns.ValidatingDnsServer;
import org.gatepost.dns.ValidatingResolver;
import org.gatepost.interop.DnsView.Status;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The operators' docs/recipes/unbound.conf, as it stands: Unbound takes it, and Gatepost works through it.
@NeedsPeers
class UnboundRecipeIT {
    private static final Path RECIPE =
            Path.of("..", "docs", "recipes", "unbound.conf").toAbsolutePath().normalize();
    private static final InetSocketAddress LISTENS = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 53);

    private static Scratch scratch = new Scratch(Path.of("."));
    private static List<AutoCloseable> running = List.of();

    @BeforeAll
    static void startUnbound() {
        var internet = SignedInternet.shared();
        scratch = Scratch.create("recipe");
        // As Debian's package has it: a file of its own sets the root's keys, which Unbound keeps and rewrites.
        scratch.write("root.key", internet.anchor() + "\n");
        scratch.write("debian.conf", "server:\n  auto-trust-anchor-file: \"" + scratch.path("root.key") + "\"\n");
        // What differs here: another root, on loopback, and no package that says where files are.
        scratch.write(
                "root.hints",
                ". 3600 NS ns.test.\nns.test. 3600 A " + SignedTree.AuthoritativeServer.NSD.address() + "\n");
        var file = scratch.write("unbound.conf", """
                include: "%1$s/debian.conf"
                include: "%2$s"
                server:
                  directory: "%1$s"
                  chroot: ""
                  username: ""
                  pidfile: "%1$s/unbound.pid"
                  use-syslog: no
                  logfile: "%1$s/unbound.log"
                  do-not-query-localhost: no
                  do-ip6: no
                  root-hints: "root.hints"
                  local-zone: "test." nodefault
                remote-control:
                  control-enable: no
                """.formatted(scratch.folder(), RECIPE));
        running = List.of(Daemon.start(
                        scratch,
                        "unbound",
                        scratch.path("unbound.log"),
                        List.of("/usr/sbin/unbound", "-d", "-c", file.toString()))
                .awaitReady(List.of(LISTENS)));
    }

    @AfterAll
    static void stopUnbound() throws Exception {
        for (var each : running) {
            each.close();
        }
    }

    private static ResolverOptions options() throws Exception {
        return new ResolverOptions(
                List.of(LISTENS),
                TrustAnchor.fromFile(SignedInternet.shared().anchorFile()),
                Duration.ofSeconds(2),
                Duration.ofSeconds(10),
                1000,
                InstantSource.system());
    }

    @Test
    void unboundFindsNothingWrongWithTheFile() {
        var checked = Command.of(scratch, "/usr/sbin/unbound-checkconf")
                .and(RECIPE.toString())
                .run();
        assertThat(checked.exit()).as(checked.output()).isZero();
        assertThat(checked.output()).contains("no errors");
    }

    @Test
    void theFileServesThisMachineOnlyAndTellsNobodyOfClients() {
        var settings = Scratch.read(RECIPE)
                .lines()
                .map(String::strip)
                .filter(line -> !line.startsWith("#"))
                .toList();
        assertThat(settings.stream().filter(line -> line.startsWith("interface:")))
                .containsExactly("interface: 127.0.0.1");
        assertThat(settings).noneMatch(line -> line.contains("subnet"));
        // The package sets it, and twice is fatal once Unbound has rewritten the file.
        assertThat(settings).noneMatch(line -> line.contains("trust-anchor"));
    }

    @Test
    void theProbeFindsItHealthy() throws Exception {
        try (var resolver = new ValidatingResolver(options())) {
            var health = resolver.probe();
            assertThat(health.upstreams())
                    .singleElement()
                    .satisfies(upstream -> assertThat(upstream.finding())
                            .as(upstream.explanation())
                            .isEqualTo(Finding.HEALTHY));
        }
    }

    @Test
    void gatepostSeesThroughItWhatTheJudgeSees() throws Exception {
        try (var server = ValidatingDnsServer.start(
                options(),
                DiagnosisRules.asInProduction(),
                new InetSocketAddress(InetAddress.ofLiteral("127.53.1.23"), 0))) {
            var gatepost = new DnsClient(server.address());
            assertThat(DnsView.of(gatepost, new DnsQuestion("_25._tcp.mx.signed.test.", "TLSA"))
                            .status())
                    .isEqualTo(Status.SECURE);
            var questions = Stream.of("signed.test.", "unsigned.test.", "expired.test.", ComparedZones.MANY_KEYS + ".")
                    .flatMap(zone -> Stream.of(
                            new DnsQuestion(zone, "MX"),
                            new DnsQuestion(zone, "DNSKEY"),
                            new DnsQuestion("mx." + zone, "A"),
                            new DnsQuestion("_25._tcp.mx." + zone, "TLSA"),
                            new DnsQuestion("nothing." + zone, "TLSA")))
                    .toList();
            for (var question : questions) {
                assertThat(DnsView.of(gatepost, question))
                        .as(question.toString())
                        .isEqualTo(DnsView.of(SignedInternet.shared().judge(), question));
            }
        }
    }
}
