// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.routing;

import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.gatepost.gateway.config.Connector;
import org.gatepost.gateway.config.Connector.Exemption;

/// What an operator must hear about exemptions that are over or will be soon.
public final class ExemptionNotices {
    /// How many days ahead an end is told.
    private static final int AHEAD = 14;

    private ExemptionNotices() {}

    /// One line for each connector that needs attention, in the order of the file.
    ///
    /// @param today in UTC
    public static List<String> of(List<Connector> connectors, LocalDate today) {
        return connectors.stream()
                .flatMap(connector ->
                        connector.exemption().stream().flatMap(exemption -> notice(connector.name(), exemption, today)))
                .toList();
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
