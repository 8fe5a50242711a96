// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.routing;

import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.gatepost.gateway.config.Connector;
import org.gatepost.gateway.config.Connector.Exemption;
import org.gatepost.gateway.config.Connector.SmartHost;
import org.gatepost.gateway.config.DomainPattern;
import org.gatepost.names.DomainName;
import org.gatepost.policy.NextHop;
import org.gatepost.policy.OperatorDemand;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The connectors by recipient domain: the domain's own name before patterns, and of these the longest (spec O6).
///
/// An exemption that is over leaves the connector in place and takes its weakness away: what is demanded then
/// is the stricter, in each respect, of the connector's demand and of what would hold without it. So neither
/// does a smart host vanish overnight, nor does a demand that was stricter than usual. Safe for use by many
/// threads.
public final class Connectors implements Routes {
    private static final Logger LOG = LoggerFactory.getLogger(Connectors.class);

    private final Map<DomainPattern, Connector> byPattern = new HashMap<>();
    private final OperatorDemand usual;
    private final InstantSource clock;
    private final Map<String, LocalDate> told = new ConcurrentHashMap<>();

    /// @param usual what is demanded where no connector matches
    public Connectors(List<Connector> connectors, OperatorDemand usual, InstantSource clock) {
        this.usual = usual;
        this.clock = clock;
        connectors.forEach(connector -> connector.domains().forEach(pattern -> byPattern.put(pattern, connector)));
    }

    /// The connector for mail to a domain.
    public Optional<Connector> match(DomainName recipientDomain) {
        return matches(recipientDomain).stream().findFirst();
    }

    /// All that match, the most specific first.
    private List<Connector> matches(DomainName domain) {
        List<Connector> found = new ArrayList<>();
        if (byPattern.isEmpty() || domain.isRoot()) {
            return found;
        }
        add(found, new DomainPattern(false, domain));
        for (DomainName name = domain; !name.isRoot(); ) {
            name = name.parent();
            add(found, new DomainPattern(true, name));
        }
        return found;
    }

    private void add(List<Connector> found, DomainPattern pattern) {
        Optional.ofNullable(byPattern.get(pattern)).ifPresent(found::add);
    }

    @Override
    public Route of(DomainName recipientDomain) {
        List<Connector> matches = matches(recipientDomain);
        if (matches.isEmpty()) {
            return Routes.direct(usual).of(recipientDomain);
        }
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        Connector connector = matches.getFirst();
        OperatorDemand demand = demand(matches, today);
        List<NextHop> hops = connector.smartHosts().isEmpty()
                ? List.of(NextHop.recipientDomain(recipientDomain, demand))
                : connector.smartHosts().stream().map(host -> hop(host, demand)).toList();
        return new Route(hops, connector.exemption().map(exemption -> inWords(connector, exemption, today)));
    }

    private static NextHop hop(SmartHost host, OperatorDemand demand) {
        NextHop.Kind kind = host.byMx() ? NextHop.Kind.SMART_HOST_DOMAIN : NextHop.Kind.SMART_HOST;
        return new NextHop(host.name(), kind, host.port(), demand);
    }

    private OperatorDemand demand(List<Connector> matches, LocalDate today) {
        if (matches.isEmpty()) {
            return usual;
        }
        Connector connector = matches.getFirst();
        boolean over = connector
                .exemption()
                .filter(exemption -> exemption.isOver(today))
                .isPresent();
        return over
                ? connector.demand().atLeast(demand(matches.subList(1, matches.size()), today))
                : connector.demand();
    }

    private String inWords(Connector connector, Exemption exemption, LocalDate today) {
        if (!exemption.isOver(today)) {
            return "until " + exemption.lastDay() + ": " + exemption.reason();
        }
        if (!today.equals(told.put(connector.name(), today))) {
            LOG.error("{}", ConnectorNotices.over(connector.name(), exemption));
        }
        return "over since " + exemption.lastDay() + ", the usual is demanded: " + exemption.reason();
    }
}
