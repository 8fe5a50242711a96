// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.gatepost.gateway.Gateway;
import org.gatepost.gateway.config.ConfigFile;
import org.gatepost.lab.Lab;
import org.gatepost.lab.MxHost;
import org.gatepost.lab.ReportReceiver;
import org.gatepost.lab.Scenario;
import org.gatepost.lab.Scenarios;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.smtp.MailTransaction;
import org.gatepost.smtp.SmtpClientSession;
import org.gatepost.spool.ReceivedReport.Way;
import org.gatepost.spool.ReceivedReports;
import org.gatepost.spool.ReceivedReports.Query;
import org.gatepost.spool.StoreView;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One gateway delivers for a day, closes the day and reports; another one receives what it reports, by mail and by
/// HTTPS. The figures at the end of the way are those of what the lab's mail hosts saw (spec R1–R3).
///
/// The clock of both is virtual, so that the day ends when the test says so.
final class TwoGatewaysTest {
    private static final LocalDate DAY = LocalDate.parse("2026-11-27");
    private static final Instant NOON = Instant.parse("2026-11-27T12:00:00Z");
    private static final DomainName RECEIVER = DomainName.parse("reports-of-b.test");
    private static final InetAddress ADDRESS_OF_B = InetAddress.ofLiteral("127.96.0.1");
    private static final DomainName ASKING_HOST = DomainName.parse("mx1.dane-311.test");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// What each domain must show for one connection: the policy type, and the result type of a failure.
    private static final Map<String, List<String>> EXPECTED = new TreeMap<>(Map.ofEntries(
            Map.entry("plain-tls", List.of("no-policy-found", "")),
            Map.entry("plain-clear", List.of("no-policy-found", "starttls-not-supported")),
            Map.entry("sts-good", List.of("sts", "")),
            Map.entry("sts-stripped", List.of("sts", "starttls-not-supported")),
            Map.entry("sts-name-mismatch", List.of("sts", "certificate-host-mismatch")),
            Map.entry("sts-expired", List.of("sts", "certificate-expired")),
            Map.entry("sts-untrusted", List.of("sts", "certificate-not-trusted")),
            Map.entry("sts-testing-stripped", List.of("sts", "starttls-not-supported")),
            Map.entry("sts-testing-untrusted", List.of("sts", "certificate-not-trusted")),
            Map.entry("policy-404", List.of("sts", "sts-policy-fetch-error")),
            Map.entry("policy-untrusted", List.of("sts", "sts-webpki-invalid")),
            Map.entry("dane-311", List.of("tlsa", "")),
            Map.entry("dane-mismatch", List.of("tlsa", "tlsa-invalid"))));

    private static final List<Scenario> SCENARIOS = Scenarios.all().stream()
            .filter(scenario -> EXPECTED.containsKey(scenario.id()))
            .toList();

    @TempDir
    Path folder;

    private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
    private final InstantSource clock = now::get;
    private final AtomicInteger attempts = new AtomicInteger();
    private Lab lab;
    private Gateway a;
    private Gateway b;

    @BeforeEach
    void start() throws Exception {
        assertThat(SCENARIOS).hasSameSizeAs(EXPECTED.keySet());
        int httpsPort = freePort();
        lab = Lab.start(
                folder, SCENARIOS, new ReportReceiver(RECEIVER, ADDRESS_OF_B, domain -> rua(domain, httpsPort)), clock);
        Files.createDirectories(folder.resolve("a"));
        Files.createDirectories(folder.resolve("b"));
        lab.issue(
                List.of(RECEIVER.child("mx"), RECEIVER.child("reports")),
                folder.resolve("b/chain.pem"),
                folder.resolve("b/key.pem"));
        writeDkimKey(folder.resolve("a/dkim.pem"));
        b = start("b", configOfB(httpsPort));
        a = start("a", configOfA());
    }

    @AfterEach
    void stop() {
        for (AutoCloseable running : List.of(a, b, lab)) {
            try {
                running.close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    /// A third of the domains want mail, a third HTTPS, a third both. Of the MX hosts with TLSA records only one asks
    /// for
    /// reports of its own.
    private static Optional<String> rua(DomainName domain, int httpsPort) {
        if (domain.labels().size() > 2 && !domain.equals(ASKING_HOST)) {
            return Optional.empty();
        }
        String mail = "mailto:tls@" + RECEIVER;
        String https = "https://reports." + RECEIVER + ":" + httpsPort + "/tlsrpt";
        return Optional.of(
                switch (Math.floorMod(domain.ascii().hashCode(), 3)) {
                    case 0 -> mail;
                    case 1 -> https;
                    default -> mail + "," + https;
                });
    }

    private static int freePort() throws IOException {
        try (var probe = new ServerSocket(0, 1, ADDRESS_OF_B)) {
            return probe.getLocalPort();
        }
    }

    private static void writeDkimKey(Path file) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
        String key = Base64.getMimeEncoder()
                .encodeToString(generator.generateKeyPair().getPrivate().getEncoded());
        Files.writeString(file, "-----BEGIN PRIVATE KEY-----\n" + key + "\n-----END PRIVATE KEY-----\n");
    }

    private String common(String hostname) {
        return """
                hostname = "%s"
                [spool]
                directory = "spool"
                [dns]
                upstreams = ["%s:%d"]
                trust-anchor-file = "%s"
                [policy]
                ca-bundle = "%s"
                mta-sts-port = %d
                mta-sts-private-addresses = true
                [delivery]
                port = %d
                ipv6 = false
                """.formatted(
                        hostname,
                        lab.dnsAddress().getAddress().getHostAddress(),
                        lab.dnsAddress().getPort(),
                        lab.trustAnchorFile().toAbsolutePath(),
                        lab.caBundleFile().toAbsolutePath(),
                        lab.httpsPort(),
                        lab.smtpPort());
    }

    private String configOfA() {
        return common("a.sender.test") + """
                [listen]
                addresses = ["127.0.0.1:0"]
                [queue]
                retry = ["10m"]
                lifetime = "30m"
                [reports]
                from = "tls-reports@sender.test"
                organization = "Gateway A"
                dkim-ed25519-key-file = "dkim.pem"
                private-addresses = true
                """;
    }

    private String configOfB(int httpsPort) {
        List<String> domains = new ArrayList<>();
        for (Scenario scenario : SCENARIOS) {
            domains.add("\"" + scenario.domain() + "\"");
            lab.domain(scenario).hosts().forEach(host -> domains.add("\"" + host.name() + "\""));
        }
        return common("mx." + RECEIVER)
                + """
                [listen]
                addresses = ["%s:%d"]
                permitted-networks = []
                certificate-file = "chain.pem"
                key-file = "key.pem"
                [reports]
                address = "tls@%s"
                domains = [%s]
                require-dkim = false
                [http]
                addresses = ["%s:%d"]
                certificate-file = "chain.pem"
                key-file = "key.pem"
                """.formatted(
                                ADDRESS_OF_B.getHostAddress(),
                                lab.smtpPort(),
                                RECEIVER,
                                String.join(", ", domains),
                                ADDRESS_OF_B.getHostAddress(),
                                httpsPort);
    }

    private Gateway start(String name, String config) throws Exception {
        Path file = Files.writeString(folder.resolve(name).resolve("gatepost.toml"), config);
        return Gateway.start(
                ConfigFile.read(file),
                new Gateway.Environment(clock, new Random(1), (message, recipient, result, step) -> {
                    if (name.equals("a")) {
                        attempts.incrementAndGet();
                    }
                }));
    }

    private void await(String what, java.util.function.BooleanSupplier holds) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time: " + what).isLessThan(end);
            Thread.sleep(20);
        }
    }

    /// Moves the clock and lets the gateways notice.
    private void advance(Duration by) {
        now.updateAndGet(time -> time.plus(by));
        a.wake();
        b.wake();
    }

    private void submit(int each) throws IOException {
        InetSocketAddress address = a.smtpAddresses().getFirst();
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            SmtpClientSession smtp = SmtpClientSession.open(socket.getInputStream(), socket.getOutputStream());
            smtp.ehlo("client.sender.test");
            byte[] content = "Subject: hello\r\n\r\nbody\r\n".getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < each; i++) {
                for (Scenario scenario : SCENARIOS) {
                    var transaction = new MailTransaction(
                            Optional.empty(),
                            List.of(Mailbox.parse("user@" + scenario.domain())),
                            content.length,
                            false,
                            true,
                            () -> new java.io.ByteArrayInputStream(content));
                    assertThat(smtp.transfer(transaction).forRecipient(0).isPositive())
                            .isTrue();
                }
            }
            smtp.quit();
        }
    }

    /// How many connections the domain's hosts have seen.
    private int connections(Scenario scenario) {
        return lab.domain(scenario).hosts().stream()
                .map(MxHost::captures)
                .mapToInt(List::size)
                .sum();
    }

    private Map<String, ReceivedReports.Sum> received() {
        Map<String, ReceivedReports.Sum> sums = new TreeMap<>();
        try (StoreView view = StoreView.open(folder.resolve("b/spool"))) {
            for (ReceivedReports.Sum sum : view.receivedReports().sums(Query.ALL, 1000)) {
                assertThat(sum.day()).isEqualTo(DAY);
                sums.put(sum.domain(), sum);
            }
        }
        return sums;
    }

    @Test
    void whatTheReceiverCountsIsWhatTheSenderDid() throws Exception {
        submit(2);
        int messages = 2 * SCENARIOS.size();
        await("first attempts", () -> attempts.get() >= messages);
        long held = SCENARIOS.stream().filter(this::isHeld).count();
        for (int retry = 1; retry <= 3; retry++) { // at 10, 20 and 30 minutes, and then given up
            long expected = messages + 2 * held * retry;
            advance(Duration.ofMinutes(10));
            await("retry " + retry, () -> attempts.get() >= expected);
        }
        assertThat(attempts).hasValue((int) (messages + 2 * held * 3));

        now.set(Instant.parse("2026-11-28T00:10:00Z"));
        await("the day's close", () -> {
            a.wake();
            return isPlanned();
        });
        now.set(Instant.parse("2026-11-28T04:30:00Z")); // reports are spread over four hours
        int reports = SCENARIOS.size() + 1; // one for each domain, and one for the host that asks
        await("reports", () -> {
            a.wake();
            return received().values().stream()
                            .mapToLong(ReceivedReports.Sum::reports)
                            .sum()
                    >= reports;
        });
        Map<String, ReceivedReports.Sum> sums = received();
        assertThat(sums).hasSameSizeAs(SCENARIOS);
        assertThat(ways()).containsOnly(Way.MAIL, Way.HTTPS);
        for (Scenario scenario : SCENARIOS) {
            List<String> expected = Objects.requireNonNull(EXPECTED.get(scenario.id()));
            String type = expected.getFirst();
            String failure = expected.getLast();
            DomainName host = lab.domain(scenario).hosts().getFirst().name();
            ReceivedReports.Sum sum = Objects.requireNonNull(
                    sums.get((type.equals("tlsa") ? host : scenario.domain()).ascii()), scenario.id()); // RFC 8460 §1.1
            long sessions = connections(scenario) * (host.equals(ASKING_HOST) ? 2L : 1L);
            assertThat(sessions).as(scenario.id()).isPositive();
            assertThat(sum.successful()).as(scenario.id()).isEqualTo(failure.isEmpty() ? sessions : 0);
            assertThat(sum.failed()).as(scenario.id()).isEqualTo(failure.isEmpty() ? 0 : sessions);
            assertThat(sum.failures())
                    .as(scenario.id())
                    .isEqualTo(failure.isEmpty() ? Map.of() : Map.of(failure, sessions));
        }
    }

    /// On which ways the reports that were kept have come.
    private Set<Way> ways() {
        try (StoreView view = StoreView.open(folder.resolve("b/spool"))) {
            return view.receivedReports().list(Query.ALL, Long.MAX_VALUE, 1000).stream()
                    .map(entry -> entry.arrival().way())
                    .collect(Collectors.toSet());
        }
    }

    private boolean isPlanned() {
        try (StoreView view = StoreView.open(folder.resolve("a/spool"))) {
            return view.reportPlans().planning(DAY).complete();
        }
    }

    private boolean isHeld(Scenario scenario) {
        return scenario.expected() instanceof org.gatepost.lab.Expected.Returned;
    }
}
