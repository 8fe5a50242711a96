// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.gatepost.dns.DiagnosisRules;
import org.gatepost.dns.ResolverOptions;
import org.gatepost.dns.TrustAnchor;
import org.gatepost.dns.TrustAnchorException;
import org.gatepost.dns.ValidatingDnsServer;
import org.gatepost.gateway.Gateway;
import org.gatepost.gateway.Transport;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.config.GatewayConfig;
import org.gatepost.names.DomainName;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Serves the gateway's own view of DNS to tools such as dig.
@Command(
        name = "dns",
        mixinStandardHelpOptions = true,
        description = {
            "Answers DNS questions over UDP and TCP as the gateway itself sees DNS, until SIGTERM or SIGINT:",
            "AD for what is secure, SERVFAIL with an extended error that says why for what is not to be trusted.",
            "For diagnosis on this machine: failures are looked into anew at each question."
        })
final class DnsCommand implements Callable<Integer> {
    private static final DateTimeFormatter SECOND =
            DateTimeFormatter.ofPattern("uuuuMMddHHmmss", Locale.ROOT).withResolverStyle(ResolverStyle.STRICT);

    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Option(
            names = "--listen",
            paramLabel = "ADDR:PORT",
            defaultValue = "127.0.0.1:5353",
            description = "where to listen, such as 127.0.0.1:5353 or [::1]:5353; port 0 takes a free one"
                    + " (default: ${DEFAULT-VALUE})")
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private String listen;

    @Option(names = "--beyond-loopback", description = "let --listen be an address that other machines can reach")
    private boolean beyondLoopback;

    @Option(
            names = "--clock",
            paramLabel = "TIME",
            description = "for tests: start at this time, YYYYMMDDHHMMSS in UTC or seconds since 1970")
    private @Nullable String clock;

    @Option(
            names = "--algorithms",
            paramLabel = "CHANGES",
            description = "for tests: DNSSEC algorithms to validate besides (+5,+7: SHA-1) or not to (-8)")
    private String algorithms = "";

    @Option(
            names = "--anchor",
            paramLabel = "RECORD",
            description = "for tests: a DS or DNSKEY record of any name, in place of the configured; may be repeated")
    private List<String> anchors = List.of();

    @Option(
            names = "--insecure",
            paramLabel = "DOMAIN",
            description = "for tests: take everything at and below this name as unsigned; may be repeated")
    private List<String> insecure = List.of();

    @Option(
            names = "--aggressive-nsec",
            description = "for tests: answer from denials seen before where they deny the question too (RFC 8198);"
                    + " delivery does not")
    private boolean aggressiveNsec;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws ConfigProblem {
        try (ValidatingDnsServer server = open()) {
            CountDownLatch stopped = new CountDownLatch(1);
            Runtime.getRuntime()
                    .addShutdownHook(Thread.ofPlatform().name("stop").unstarted(stopped::countDown));
            var out = spec.commandLine().getOut();
            out.println("gatepost: ready, DNS on " + text(server.address()));
            out.flush();
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return 0;
    }

    private ValidatingDnsServer open() throws ConfigProblem {
        try {
            GatewayConfig values = config.read();
            ResolverOptions options = Transport.resolverOptions(
                    values,
                    TrustAnchor.builtIn(),
                    clock == null ? Gateway.Environment.system().clock() : startingAt(clock));
            return start(options, rules(values), address(listen));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
        }
    }

    private ValidatingDnsServer start(ResolverOptions options, DiagnosisRules rules, InetSocketAddress address)
            throws ConfigProblem {
        try {
            return beyondLoopback
                    ? ValidatingDnsServer.startBeyondLoopback(options, rules, address)
                    : ValidatingDnsServer.start(options, rules, address);
        } catch (IOException e) {
            throw new ConfigProblem("--listen: nothing can be opened on " + text(address), e);
        }
    }

    private DiagnosisRules rules(GatewayConfig values) throws ConfigProblem {
        Set<Integer> more = new HashSet<>();
        Set<Integer> fewer = new HashSet<>();
        for (String change :
                algorithms.isBlank() ? new String[0] : algorithms.strip().split(",", -1)) {
            if (!change.matches("[+-][0-9]{1,3}")) {
                throw new IllegalArgumentException(
                        "--algorithms takes numbers with sign and commas between, such as +5,+7");
            }
            (change.startsWith("+") ? more : fewer).add(Integer.valueOf(change.substring(1)));
        }
        return new DiagnosisRules(
                anchors(values),
                more,
                fewer,
                insecure.stream().map(DomainName::parse).toList(),
                aggressiveNsec);
    }

    private List<String> anchors(GatewayConfig values) throws ConfigProblem {
        try {
            if (!anchors.isEmpty()) {
                return DiagnosisRules.anchorsFrom("--anchor", String.join("\n", anchors));
            }
        } catch (TrustAnchorException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        Optional<Path> file = values.dns().trustAnchorFile();
        try {
            return file.isPresent() ? DiagnosisRules.anchorsFromFile(file.get()) : List.of();
        } catch (TrustAnchorException e) {
            throw new ConfigProblem("dns.trust-anchor-file: " + e.getMessage(), e);
        }
    }

    /// A clock that runs from the given time on.
    private static InstantSource startingAt(String text) {
        Instant start;
        try {
            start = text.length() == 14
                    ? LocalDateTime.parse(text, SECOND).toInstant(ZoneOffset.UTC)
                    : Instant.ofEpochSecond(Long.parseUnsignedLong(text));
        } catch (DateTimeException | NumberFormatException e) {
            throw new IllegalArgumentException(
                    "--clock takes YYYYMMDDHHMMSS in UTC or seconds since 1970, not " + text, e);
        }
        InstantSource system = Gateway.Environment.system().clock();
        Duration offset = Duration.between(system.instant(), start);
        return () -> system.instant().plus(offset);
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        try {
            String host = text.substring(0, Math.max(colon, 0)).replaceAll("^\\[|\\]$", "");
            int port = Integer.parseInt(text.substring(colon + 1));
            return new InetSocketAddress(InetAddress.ofLiteral(host), port);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "--listen takes an IP address and a port, such as 127.0.0.1:5353 or [::1]:5353, not " + text, e);
        }
    }

    private static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
