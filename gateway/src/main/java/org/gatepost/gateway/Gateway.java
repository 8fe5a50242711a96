// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.gatepost.dns.CacheStatistics;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.config.GatewayConfig;
import org.gatepost.gateway.delivery.DeliveryEvents;
import org.gatepost.gateway.delivery.QueueDelivery;
import org.gatepost.gateway.delivery.Scheduler;
import org.gatepost.gateway.early.EarlyRetry;
import org.gatepost.gateway.early.TlsaWatch;
import org.gatepost.gateway.early.WatchedPolicies;
import org.gatepost.gateway.http.HttpRoutes;
import org.gatepost.gateway.http.HttpServer;
import org.gatepost.gateway.queue.ControlSocket;
import org.gatepost.gateway.queue.DropReports;
import org.gatepost.gateway.queue.QueueDesk;
import org.gatepost.gateway.reception.MessageIntake;
import org.gatepost.gateway.reception.SmtpListener;
import org.gatepost.gateway.reception.SmtpListener.ReceptionParts;
import org.gatepost.gateway.reports.receiving.ReportReceiving;
import org.gatepost.gateway.reports.receiving.ReportRetention;
import org.gatepost.gateway.reports.sending.ReportService;
import org.gatepost.gateway.resolution.StsRefresher;
import org.gatepost.gateway.resolution.UpstreamWatch;
import org.gatepost.gateway.routing.ConnectorNotices;
import org.gatepost.gateway.users.Users;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.ReceivedReports;
import org.gatepost.spool.Spool;
import org.gatepost.spool.SpoolException;
import org.gatepost.tls.PemFileException;
import org.gatepost.tls.TlsServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running gateway. Starts completely or not at all; stops by finishing what is under way.
public final class Gateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

    /// How long a stop waits for deliveries under way; what is not finished then is in the spool and goes on after
    /// a restart.
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /// How often the upstreams are asked whether they still pass DNSSEC records on.
    private static final Duration BETWEEN_PROBES = Duration.ofMinutes(5);

    /// How long a stop waits for messages being taken in.
    private static final Duration RECEPTION_PATIENCE = Duration.ofSeconds(5);

    private final AtomicBoolean closed = new AtomicBoolean();
    private final EmbeddedStore store;
    private final Transport transport;
    private final Optional<ReportService> reports;
    private final QueueDelivery queueDelivery;
    private final Scheduler scheduler;
    private final UpstreamWatch upstreamWatch;
    private final List<SmtpListener> listeners = new ArrayList<>();
    private final HttpServer http;
    private final ReportReceiving reportReceiving;
    private final ReportRetention reportRetention;
    private final QueueDesk queueDesk;
    private final Optional<TlsaWatch> tlsaWatch;
    private volatile Optional<ControlSocket> control = Optional.empty();

    private Gateway(
            GatewayConfig config, EmbeddedStore store, Transport transport, Environment environment, HttpServer http)
            throws ConfigProblem {
        this.store = store;
        this.transport = transport;
        InstantSource clock = environment.clock();
        this.reports = Reporting.service(
                config,
                store,
                transport.resolver(),
                new ReportService.Surroundings(clock, environment.random(), this::wakeScheduler));
        this.queueDelivery = new QueueDelivery(
                store.spool(),
                transport.delivery(),
                Paces.schedules(config.queue(), transport.connectors()),
                new QueueDelivery.Reporter(
                        config.hostname(), environment.random(), Reporting.events(reports, environment.events())),
                clock);
        this.scheduler =
                new Scheduler(store.spool(), queueDelivery, Paces.bounds(config, transport.connectors()), clock);
        this.queueDesk = new QueueDesk(
                store.spool(),
                new DropReports(config.hostname(), environment.random()),
                Reporting.events(reports, environment.events()),
                this::tryAgain,
                clock);
        this.http = http;
        this.reportReceiving =
                ReportReceiving.of(config.reportReception(), store.receivedReports(), transport.resolver(), clock);
        this.reportRetention = new ReportRetention(
                store.receivedReports(), config.reportReception().retention(), clock);
        this.tlsaWatch = Transport.isDaneUsed(config)
                ? Optional.of(TlsaWatch.of(
                        store.spool().control(),
                        transport.resolver(),
                        transport.connectors(),
                        config.delivery().port(),
                        new EarlyRetry(store.spool().control(), clock)))
                : Optional.empty();
        ConnectorNotices.of(config.connectors(), LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC))
                .forEach(LOG::warn);
        this.upstreamWatch = UpstreamWatch.start(transport.resolver()::probe, BETWEEN_PROBES);
    }

    /// What the outside world is to the gateway, besides the network.
    ///
    /// @param random seeds nothing secret: the order of equal MX hosts, report ids
    /// @param events told what becomes of each recipient
    public record Environment(InstantSource clock, RandomGenerator random, DeliveryEvents events) {
        /// The machine's clock and a secure source of randomness.
        public static Environment system() {
            return new Environment(InstantSource.system(), new SecureRandom(), DeliveryEvents.none());
        }
    }

    /// Starts a gateway. Its addresses are taken first and served last: nobody is told anything, and nothing is
    /// delivered or logged, before everything is there.
    ///
    /// @throws ConfigProblem with one line when something it needs is not there; then nothing is left running
    public static Gateway start(GatewayConfig config, Environment environment) throws ConfigProblem {
        // A provider that cannot be had is told before anything is taken.
        Transport.tlsClient(config);
        Optional<TlsServer> tls = listenerTls(config);
        Optional<Users> users = Users.of(config.listen());
        List<ServerSocket> sockets = bind(config.listen().addresses());
        Optional<HttpServer> http = Optional.empty();
        try {
            http = Optional.of(HttpServer.bind(config.http(), config.tlsProvider()));
            Gateway gateway = open(config, environment, http.get());
            gateway.listen(config, environment, new Clients(tls, users), sockets);
            gateway.serveHttp(environment);
            gateway.control = ControlSocket.start(config.spoolDirectory(), gateway.queueDesk);
            // Last: a delivery, once begun, cannot be called back.
            gateway.scheduler.start();
            gateway.reports.ifPresent(ReportService::start);
            gateway.reportRetention.start();
            gateway.transport.stsRefresher().ifPresent(refresher -> refresher.start(environment.clock()));
            gateway.tlsaWatch.ifPresent(TlsaWatch::start);
            return gateway;
        } catch (ConfigProblem | RuntimeException e) {
            sockets.forEach(Gateway::closeQuietly);
            http.ifPresent(HttpServer::close);
            throw e;
        }
    }

    private static List<ServerSocket> bind(List<InetSocketAddress> addresses) throws ConfigProblem {
        List<ServerSocket> sockets = new ArrayList<>();
        for (InetSocketAddress address : addresses) {
            try {
                sockets.add(SmtpListener.bind(address));
            } catch (IOException e) {
                sockets.forEach(Gateway::closeQuietly);
                throw new ConfigProblem(
                        "listen.addresses: cannot listen on " + text(address) + ": " + e.getMessage(), e);
            }
        }
        return sockets;
    }

    private static Gateway open(GatewayConfig config, Environment environment, HttpServer http) throws ConfigProblem {
        EmbeddedStore store;
        try {
            store = EmbeddedStore.open(config.spoolDirectory());
        } catch (SpoolException e) {
            throw new ConfigProblem("spool.directory: " + e.getMessage(), e);
        }
        try {
            Transport transport = Transport.of(
                    config,
                    new Transport.Store(
                            WatchedPolicies.of(
                                    store.policyMemory(),
                                    new EarlyRetry(store.spool().control(), environment.clock())),
                            Reporting.recorder(config, store)),
                    environment.clock(),
                    environment.random());
            try {
                Spool.Depth depth = store.spool().depth();
                Gateway gateway = new Gateway(config, store, transport, environment, http);
                LOG.info(
                        "spool {}: {} messages to {} recipients",
                        config.spoolDirectory(),
                        depth.messages(),
                        depth.recipients());
                return gateway;
            } catch (RuntimeException e) {
                transport.close();
                throw e;
            }
        } catch (ConfigProblem | RuntimeException e) {
            store.close();
            throw e;
        }
    }

    private static Optional<TlsServer> listenerTls(GatewayConfig config) throws ConfigProblem {
        var certificate = config.listen().certificate();
        if (certificate.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(TlsServer.fromPem(
                    certificate.get().certificateFile(), certificate.get().keyFile(), config.tlsProvider()));
        } catch (PemFileException e) {
            throw new ConfigProblem("listen.certificate-file: " + e.getMessage(), e);
        }
    }

    /// How clients are met: what they may encrypt with, and who they may say they are.
    private record Clients(Optional<TlsServer> tls, Optional<Users> users) {}

    private void listen(GatewayConfig config, Environment environment, Clients clients, List<ServerSocket> sockets) {
        MessageIntake intake = new MessageIntake(
                config.hostname(),
                config.listen().permittedNetworks(),
                clients.users(),
                config.listen().limits().maxReceivedFields(),
                store.spool(),
                environment.clock(),
                scheduler::wake,
                reportReceiving.mailbox());
        ReceptionParts parts =
                new ReceptionParts(config.hostname(), config.listen().limits(), clients.tls(), intake);
        for (ServerSocket socket : sockets) {
            SmtpListener listener = SmtpListener.start(socket, parts);
            listeners.add(listener);
            LOG.info("listening for SMTP on {}", text(listener.address()));
        }
    }

    private void serveHttp(Environment environment) {
        HttpRoutes.Builder routes = HttpRoutes.builder();
        reportReceiving.register(routes);
        http.start(routes.build(), environment.clock());
        http.addresses().forEach(address -> LOG.info("listening for HTTPS on {}", text(address)));
    }

    /// An address as the configuration spells it, such as `192.0.2.1:25` or `[2001:db8::1]:25`.
    public static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static void closeQuietly(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // The process did not start; its end frees the address.
        }
    }

    private void closeListeners() {
        for (SmtpListener listener : listeners) {
            try {
                listener.close();
            } catch (IOException e) {
                LOG.warn("closing a listener failed: {}", e.getMessage());
            }
        }
    }

    private static void report(CacheStatistics dns) {
        LOG.info(
                "dns: {} questions answered from memory, {} looked up, {} waited for the same one, {} refreshed ahead of"
                        + " their end; {} answers in memory",
                dns.hits(),
                dns.lookups(),
                dns.shared(),
                dns.refreshments(),
                dns.entries());
    }

    /// Where mail is taken in, with the ports that were really bound.
    public List<InetSocketAddress> smtpAddresses() {
        return listeners.stream().map(SmtpListener::address).toList();
    }

    /// Where HTTPS is served.
    public List<InetSocketAddress> httpAddresses() {
        return http.addresses();
    }

    /// The TLS reports of others, for inspection.
    public ReceivedReports receivedReports() {
        return store.receivedReports();
    }

    /// The queue, for inspection.
    public Spool spool() {
        return store.spool();
    }

    /// Has the queue looked at now, as after an injected clock was moved.
    public void wake() {
        wakeScheduler();
        reports.ifPresent(ReportService::wake);
    }

    private void wakeScheduler() {
        scheduler.wake();
    }

    /// An operator has changed the queue, and perhaps mended something before.
    private void tryAgain() {
        transport.connections().states().forgetFailures();
        scheduler.wake();
    }

    /// Stops: no new clients, messages being taken in and deliveries under way are given time to end, then
    /// everything is closed. What is not finished is in the spool. Stopping again does nothing.
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            transport.stsRefresher().ifPresent(StsRefresher::close);
            tlsaWatch.ifPresent(TlsaWatch::close);
            control.ifPresent(ControlSocket::close);
            closeListeners();
            boolean receptionEnded = listeners.stream()
                    .map(listener -> listener.drain(RECEPTION_PATIENCE))
                    .reduce(true, Boolean::logicalAnd);
            receptionEnded &= http.drain(RECEPTION_PATIENCE);
            if (!receptionEnded) {
                LOG.warn("clients were still sending; they send it again");
            }
            reports.ifPresent(ReportService::close);
            if (!scheduler.stop(PATIENCE)) {
                LOG.warn(
                        "{} deliveries did not end in time; they are tried again after the next start",
                        scheduler.running());
            }
            queueDelivery.stop();
            listeners.forEach(SmtpListener::abort);
            http.abort();
            reportRetention.close();
            upstreamWatch.close();
            report(transport.resolver().statistics());
            transport.close();
        } finally {
            // Whatever went wrong before: the store must let go of its directory.
            store.close();
        }
        LOG.info("stopped");
    }
}
