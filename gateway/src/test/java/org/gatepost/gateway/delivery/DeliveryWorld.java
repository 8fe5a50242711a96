// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.config.GatewayConfig;
import org.gatepost.gateway.resolution.FactGatherer;
import org.gatepost.gateway.resolution.ScriptedResolver;
import org.gatepost.gateway.resolution.StsPolicies;
import org.gatepost.gateway.routing.Routes;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.OperatorDemand;
import org.gatepost.policy.ParsedStsPolicy;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.StsPolicyParser;
import org.gatepost.smtp.ContentSource;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedMessage;
import org.gatepost.tls.HandshakeFacts;
import org.gatepost.tls.TlsChannel;
import org.gatepost.tls.TlsClient;
import org.gatepost.tls.TrustStore;
import org.gatepost.tlsrpt.SessionResult;

/// The happy surroundings of a delivery to `example.test`, of which each test changes one thing.
final class DeliveryWorld {
    static final DomainName DOMAIN = DomainName.parse("example.test");
    static final Mailbox ANNA = Mailbox.parse("anna@example.test");
    static final Mailbox BERT = Mailbox.parse("bert@example.test");
    static final String CONTENT = "Subject: hello\r\n\r\n.hidden\r\n";

    static final Instant NOW = Instant.parse("2026-11-23T22:00:00Z");

    final ScriptedResolver resolver = new ScriptedResolver();
    Duration commandTimeout = Duration.ofSeconds(20);
    Duration dataTimeout = Duration.ofSeconds(20);
    StsFacts policy = new StsFacts.NoPolicy("none", Optional.empty());
    StsFacts freshPolicy = policy;
    int refreshes;
    int lookups;
    final List<DomainName> policiesAsked = new java.util.ArrayList<>();
    final List<SessionResult> sessions = new java.util.ArrayList<>();
    SessionRecorder recorder = sessions::addAll;
    TlsClient tls = (socket, name, deadline) -> clearChannel(socket);
    Routes routes = Routes.direct(OperatorDemand.USUAL);
    private int hosts;

    /// Adds an MX host.
    DeliveryWorld host(String name, String... addresses) {
        mx = java.util.stream.Stream.concat(
                        mx.stream(),
                        java.util.stream.Stream.of(new RecordData.Mx(10 * ++hosts, DomainName.parse(name))))
                .toList();
        resolver.found("example.test", RecordType.MX, DnssecStatus.INSECURE, mx.toArray(RecordData[]::new));
        resolver.found(
                name,
                RecordType.A,
                DnssecStatus.INSECURE,
                java.util.Arrays.stream(addresses)
                        .map(address -> new RecordData.Address(InetAddress.ofLiteral(address)))
                        .toArray(RecordData[]::new));
        resolver.denied(name, RecordType.AAAA, DnssecStatus.INSECURE, Answer.Denial.NO_DATA);
        return this;
    }

    /// Has the same MX hosts serve another domain.
    void alsoServes(DomainName domain) {
        resolver.found(domain.toString(), RecordType.MX, DnssecStatus.INSECURE, mx.toArray(RecordData[]::new));
    }

    /// A connection for each message, unless a test says otherwise.
    GatewayConfig.Reuse reuse = new GatewayConfig.Reuse(1, Duration.ofSeconds(5), 10);

    int connectionsPerHost = 50;

    /// May be moved by a test.
    Instant now = NOW;

    private final InstantSource clock = () -> now;

    private List<RecordData.Mx> mx = List.of();

    HostDialer dialer(int port) {
        return new HostDialer(
                new GatewayConfig.Delivery(
                        port,
                        Optional.empty(),
                        Optional.empty(),
                        true,
                        Duration.ofSeconds(5),
                        commandTimeout,
                        dataTimeout,
                        connectionsPerHost,
                        reuse),
                DomainName.parse("gw.test"),
                tls,
                TrustStore.of(List.of()),
                clock());
    }

    DomainDelivery delivery(int port) {
        var gatherer =
                new FactGatherer(resolver, policies(), new FactGatherer.GatherOptions(true, port), new Random(1));
        return new DomainDelivery(routes, new Decisions(gatherer, clock), connections(port), true, recorder, clock);
    }

    private HostConnections connections(int port) {
        return new HostConnections(dialer(port), new SessionPool(reuse), new HostStates(connectionsPerHost, clock));
    }

    /// What became of an order that was carried out.
    static Map<Mailbox, RecipientResult> results(DomainDelivery delivery, DomainDelivery.Order order) {
        return delivery.deliver(order).orElseThrow();
    }

    private StsPolicies policies() {
        return new StsPolicies() {
            @Override
            public StsFacts lookUp(DomainName policyDomain, int retries) {
                lookups++;
                policiesAsked.add(policyDomain);
                return policy;
            }

            @Override
            public StsFacts refresh(DomainName policyDomain) {
                refreshes++;
                return freshPolicy;
            }
        };
    }

    static StsFacts inForce(String mode, String mx, StsFacts.Source source) {
        String text = "version: STSv1\nmode: " + mode + "\nmx: " + mx + "\nmax_age: 86400\n";
        var parsed = (ParsedStsPolicy.Accepted) StsPolicyParser.parse(text);
        return new StsFacts.InForce(parsed.policy(), "1", text, source, NOW.plusSeconds(86400), "");
    }

    static InstantSource clock() {
        return InstantSource.fixed(NOW);
    }

    static DomainDelivery.Order order(Mailbox... recipients) {
        return order(source(CONTENT), recipients);
    }

    static DomainDelivery.Order order(ContentSource content, Mailbox... recipients) {
        return new DomainDelivery.Order(
                message(CONTENT.length(), recipients), content, DOMAIN, List.of(recipients), 0, false);
    }

    static QueuedMessage message(long size, Mailbox... recipients) {
        return new QueuedMessage(
                new MessageId(7),
                new Envelope(
                        Optional.of(Mailbox.parse("sender@sender.test")), List.of(recipients), false, false, "test"),
                NOW,
                size);
    }

    static ContentSource source(String content) {
        return () -> new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8));
    }

    /// A channel that claims to be TLS and leaves everything in clear, so that a script can be played over it.
    static TlsChannel clearChannel(Socket socket) {
        return new TlsChannel() {
            @Override
            public InputStream input() {
                return streams(socket::getInputStream);
            }

            @Override
            public OutputStream output() {
                return streams(socket::getOutputStream);
            }

            @Override
            public boolean hasUnread() throws IOException {
                return socket.getInputStream().available() > 0;
            }

            @Override
            public HandshakeFacts facts() {
                return new HandshakeFacts(
                        "TLSv1.3",
                        "TLS_AES_128_GCM_SHA256",
                        List.of(TrustStore.platform().authorities().getFirst()));
            }

            @Override
            public void close() throws IOException {
                socket.close();
            }
        };
    }

    private interface Streams<T> {
        T open() throws IOException;
    }

    private static <T> T streams(Streams<T> streams) {
        try {
            return streams.open();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
