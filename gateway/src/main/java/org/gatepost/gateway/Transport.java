// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.gatepost.dns.ResolverOptions;
import org.gatepost.dns.TrustAnchor;
import org.gatepost.dns.ValidatingResolver;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.config.GatewayConfig;
import org.gatepost.gateway.config.GatewayConfig.Mode;
import org.gatepost.gateway.delivery.Decisions;
import org.gatepost.gateway.delivery.DomainDelivery;
import org.gatepost.gateway.delivery.HostConnections;
import org.gatepost.gateway.delivery.HostDialer;
import org.gatepost.gateway.delivery.HostStates;
import org.gatepost.gateway.delivery.SessionPool;
import org.gatepost.gateway.delivery.SessionRecorder;
import org.gatepost.gateway.resolution.FactGatherer;
import org.gatepost.gateway.resolution.HttpsStsFetcher;
import org.gatepost.gateway.resolution.KnownPolicies;
import org.gatepost.gateway.resolution.StsPolicies;
import org.gatepost.gateway.resolution.StsPolicyCache;
import org.gatepost.gateway.resolution.StsRefresher;
import org.gatepost.gateway.routing.Connectors;
import org.gatepost.names.DomainName;
import org.gatepost.policy.MechanismUse;
import org.gatepost.policy.OperatorDemand;
import org.gatepost.policy.StsFacts;
import org.gatepost.spool.PolicyMemory;
import org.gatepost.tls.PemFileException;
import org.gatepost.tls.TlsClient;
import org.gatepost.tls.TlsProvider;
import org.gatepost.tls.TrustStore;

/// Everything between a recipient domain and a conversation with its MX host, wired from the configuration.
///
/// @param connectors what differs for single recipient domains
/// @param connections to MX hosts
/// @param stsRefresher keeps the remembered policies fresh once it is started; none when MTA-STS is off for all
///     domains
public record Transport(
        Connectors connectors,
        ValidatingResolver resolver,
        HostConnections connections,
        DomainDelivery delivery,
        Optional<StsRefresher> stsRefresher)
        implements AutoCloseable {
    private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");

    /// Where a transport remembers.
    ///
    /// @param policies the MTA-STS policies
    /// @param sessions the sessions, for TLS reports
    public record Store(PolicyMemory policies, SessionRecorder sessions) {}

    /// Wires a transport.
    ///
    /// @param store what it remembers
    /// @throws ConfigProblem when the trust anchor, the certification authorities, the TLS provider or the
    ///     upstreams cannot be used
    public static Transport of(GatewayConfig config, Store store, InstantSource clock, RandomGenerator random)
            throws ConfigProblem {
        TrustStore trust = trustStore(config);
        ValidatingResolver resolver = new ValidatingResolver(resolverOptions(config, trustAnchor(config), clock));
        TlsClient tls = tlsClient(config);
        Connectors connectors = new Connectors(config.connectors(), usualDemand(config), clock);
        Optional<StsPolicyCache> policies = !isMtaStsUsed(config)
                ? Optional.empty()
                : Optional.of(new StsPolicyCache(
                        resolver,
                        new HttpsStsFetcher(
                                resolver, tls, trust, config.policy().stsFetch(), clock),
                        new KnownPolicies(store.policies(), random, clock),
                        config.policy().stsFetch().graceRetries(),
                        clock));
        FactGatherer gatherer = new FactGatherer(
                resolver,
                policies.<StsPolicies>map(cache -> cache).orElseGet(SwitchedOff::new),
                new FactGatherer.GatherOptions(
                        config.policy().dane() != Mode.NONE, config.delivery().port()),
                random);
        HostDialer dialer = new HostDialer(config.delivery(), config.hostname(), tls, trust, clock);
        HostConnections connections = new HostConnections(
                dialer,
                new SessionPool(config.delivery().reuse()),
                new HostStates(config.delivery().connectionsPerHost(), clock));
        return new Transport(
                connectors,
                resolver,
                connections,
                new DomainDelivery(
                        connectors,
                        new Decisions(gatherer, clock),
                        connections,
                        config.delivery().ipv6(),
                        store.sessions(),
                        clock),
                policies.map(cache -> new StsRefresher(
                        store.policies(),
                        cache::renew,
                        config.policy().stsFetch().refreshRate(),
                        task -> Thread.ofVirtual().name("sts-renewal").start(task))));
    }

    private static OperatorDemand usualDemand(GatewayConfig config) {
        return OperatorDemand.usual(
                config.policy().dane().use(), config.policy().mtaSts().use());
    }

    static boolean isDaneUsed(GatewayConfig config) {
        return config.policy().dane() != Mode.NONE
                || config.connectors().stream()
                        .anyMatch(connector -> connector.demand().dane() != MechanismUse.NONE);
    }

    private static boolean isMtaStsUsed(GatewayConfig config) {
        return config.policy().mtaSts() != Mode.NONE
                || config.connectors().stream()
                        .anyMatch(connector -> connector.demand().mtaSts() != MechanismUse.NONE);
    }

    /// What the configuration says of DNS, but for the anchor.
    ///
    /// @throws ConfigProblem when no upstream is configured and the machine's own cannot be found out
    public static ResolverOptions resolverOptions(GatewayConfig config, TrustAnchor anchor, InstantSource clock)
            throws ConfigProblem {
        return new ResolverOptions(
                upstreams(config),
                anchor,
                config.dns().tryTimeout(),
                config.dns().timeout(),
                config.dns().cacheEntries(),
                clock,
                config.dns().mixedCase());
    }

    private record SwitchedOff() implements StsPolicies {
        @Override
        public StsFacts lookUp(DomainName policyDomain, int retries) {
            return new StsFacts.SwitchedOff();
        }

        @Override
        public StsFacts refresh(DomainName policyDomain) {
            return new StsFacts.SwitchedOff();
        }
    }

    private static TrustAnchor trustAnchor(GatewayConfig config) throws ConfigProblem {
        Optional<Path> file = config.dns().trustAnchorFile();
        if (file.isEmpty()) {
            return TrustAnchor.builtIn();
        }
        try {
            return TrustAnchor.fromFile(file.get());
        } catch (IOException e) {
            throw new ConfigProblem("dns.trust-anchor-file: " + e.getMessage(), e);
        }
    }

    /// @throws ConfigProblem when the provider that the configuration insists on cannot be used here
    static TlsClient tlsClient(GatewayConfig config) throws ConfigProblem {
        TlsProvider provider = config.tlsProvider();
        Optional<String> trouble = provider.trouble();
        if (trouble.isPresent()) {
            throw new ConfigProblem("tls.provider: \"" + provider + "\" cannot be used here: " + trouble.get());
        }
        return provider.client();
    }

    static TrustStore trustStore(GatewayConfig config) throws ConfigProblem {
        try {
            Optional<Path> bundle = config.policy().caBundle();
            return bundle.isPresent() ? TrustStore.fromBundle(bundle.get()) : TrustStore.platform();
        } catch (PemFileException e) {
            throw new ConfigProblem("policy.ca-bundle: " + e.getMessage(), e);
        }
    }

    private static List<InetSocketAddress> upstreams(GatewayConfig config) throws ConfigProblem {
        if (!config.dns().upstreams().isEmpty()) {
            return config.dns().upstreams();
        }
        List<InetSocketAddress> servers = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(RESOLV_CONF)) {
                String[] words = line.strip().split("\\s+", -1);
                if (words.length >= 2 && words[0].equals("nameserver")) {
                    servers.add(new InetSocketAddress(InetAddress.ofLiteral(words[1].split("%", 2)[0]), 53));
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigProblem("dns.upstreams: empty, and " + RESOLV_CONF + " cannot be read", e);
        }
        if (servers.isEmpty()) {
            throw new ConfigProblem("dns.upstreams: empty, and " + RESOLV_CONF + " names no name server");
        }
        return servers;
    }

    @Override
    public void close() {
        connections.close();
        resolver.close();
    }
}
