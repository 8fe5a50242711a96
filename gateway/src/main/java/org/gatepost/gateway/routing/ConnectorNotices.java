// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.routing;

import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.gatepost.gateway.config.Connector;
import org.gatepost.gateway.config.Connector.Exemption;
import org.gatepost.gateway.config.DomainPattern;

/// What an operator must hear about connectors: exemptions that are over or will be soon, and connectors that have a
/// wider one's demands not hold for some domains.
public final class ConnectorNotices {
    /// How many days ahead an end is told.
    private static final int AHEAD = 14;

    private ConnectorNotices() {}

    /// One line for each connector that needs attention, in the order of the file.
    ///
    /// @param today in UTC
    public static List<String> of(List<Connector> connectors, LocalDate today) {
        return connectors.stream()
                .flatMap(connector -> Stream.concat(
                        connector.exemption().stream().flatMap(exemption -> notice(connector.name(), exemption, today)),
                        connector.domains().stream().flatMap(domain -> loosened(connector, domain, connectors))))
                .toList();
    }

    /// A connector takes nothing over from a wider one, and who adds one for a schedule may not think of that.
    private static Stream<String> loosened(Connector connector, DomainPattern domain, List<Connector> connectors) {
        return connector.exemption().isPresent()
                ? Stream.empty()
                : connectors.stream()
                        .flatMap(wider -> wider.domains().stream()
                                .filter(pattern -> pattern.below()
                                        && !domain.name().equals(pattern.name())
                                        && domain.name().isWithin(pattern.name())
                                        && !connector
                                                .demand()
                                                .atLeast(wider.demand())
                                                .equals(connector.demand()))
                                .map(pattern -> "connector '" + connector.name() + "': demands less for " + domain
                                        + " than connector '" + wider.name() + "' does for " + pattern
                                        + "; if that is meant, give reason and expires"));
    }

    private static Stream<String> notice(String connector, Exemption exemption, LocalDate today) {
        if (exemption.isOver(today)) {
            return Stream.of(over(connector, exemption));
        }
        long days = ChronoUnit.DAYS.between(today, exemption.lastDay());
        return days <= AHEAD
                ? Stream.of("connector '" + connector + "': the exemption ends after " + exemption.lastDay() + " ("
                        + exemption.reason() + "); then the usual is demanded again")
                : Stream.empty();
    }

    static String over(String connector, Exemption exemption) {
        return "connector '" + connector + "': the exemption is over since " + exemption.lastDay() + " ("
                + exemption.reason() + "); the usual is demanded again";
    }
}
