// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.config.Connector;
import org.gatepost.gateway.config.Connector.Exemption;
import org.gatepost.gateway.config.Connector.Pace;
import org.gatepost.gateway.config.Connector.SmartHost;
import org.gatepost.gateway.config.DomainPattern;
import org.gatepost.names.DomainName;
import org.gatepost.policy.MechanismUse;
import org.gatepost.policy.NextHop;
import org.gatepost.policy.OperatorDemand;
import org.gatepost.policy.TlsDemand;
import org.junit.jupiter.api.Test;

/// Which connector is whose, and what is left of an exemption (spec O2, O6).
class ConnectorsTest {
    private static final LocalDate LAST_DAY = LocalDate.of(2026, 12, 31);
    private static final Pace PACE = new Pace(List.of(Duration.ofMinutes(1)), Duration.ofDays(1), Optional.empty());

    private final List<Connector> connectors = new ArrayList<>();
    private Instant now = Instant.parse("2026-12-31T23:59:59Z");

    private static DomainName name(String text) {
        return DomainName.parse(text);
    }

    private static DomainPattern pattern(String text) {
        if (text.equals("*")) {
            return new DomainPattern(true, DomainName.ROOT);
        }
        return text.startsWith("*.")
                ? new DomainPattern(true, name(text.substring(2)))
                : new DomainPattern(false, name(text));
    }

    private static OperatorDemand demand(String connector, TlsDemand tls, MechanismUse dane, MechanismUse mtaSts) {
        return new OperatorDemand(Optional.of(connector), tls, dane, mtaSts, false);
    }

    private ConnectorsTest add(String name, TlsDemand tls, MechanismUse dane, String... domains) {
        return add(name, demand(name, tls, dane, MechanismUse.OPPORTUNISTIC), Optional.empty(), domains);
    }

    private ConnectorsTest add(String name, OperatorDemand demand, Optional<Exemption> exemption, String... domains) {
        connectors.add(new Connector(
                name,
                List.of(domains).stream().map(ConnectorsTest::pattern).toList(),
                List.of(),
                demand,
                PACE,
                exemption));
        return this;
    }

    private Connectors built() {
        return new Connectors(connectors, OperatorDemand.USUAL, () -> now);
    }

    private Optional<String> connector(String domain) {
        return built().of(name(domain)).demand().connector();
    }

    @Test
    void withoutConnectorMailGoesToTheDomainItself() {
        assertThat(built().of(name("example.com")))
                .isEqualTo(new Route(
                        List.of(NextHop.recipientDomain(name("example.com"), OperatorDemand.USUAL)), Optional.empty()));
    }

    @Test
    void mostSpecificPatternDecidesWhereverItStands() {
        TlsDemand tls = new TlsDemand.Encryption();
        add("all", tls, MechanismUse.OPPORTUNISTIC, "*")
                .add("below", tls, MechanismUse.OPPORTUNISTIC, "*.example.com")
                .add("deeper", tls, MechanismUse.OPPORTUNISTIC, "*.b.example.com")
                .add("exact", tls, MechanismUse.OPPORTUNISTIC, "a.example.com");

        assertThat(connector("a.example.com")).contains("exact");
        assertThat(connector("x.example.com")).contains("below");
        assertThat(connector("x.y.example.com")).contains("below");
        assertThat(connector("b.example.com")).contains("below");
        assertThat(connector("x.b.example.com")).contains("deeper");
        assertThat(connector("example.com")).contains("all");
        assertThat(connector("test")).contains("all");
        assertThat(connector(".")).isEmpty();
    }

    @Test
    void smartHostsAreTheHopsInTheirOrder() {
        connectors.add(new Connector(
                "relays",
                List.of(pattern("example.com")),
                List.of(
                        new SmartHost(name("b.test"), true, Optional.empty()),
                        new SmartHost(name("a.test"), false, Optional.of(587))),
                demand("relays", new TlsDemand.Encryption(), MechanismUse.MANDATORY, MechanismUse.NONE),
                PACE,
                Optional.empty()));

        Route route = built().of(name("example.com"));
        assertThat(route.hops())
                .containsExactly(
                        new NextHop(name("b.test"), NextHop.Kind.SMART_HOST_DOMAIN, Optional.empty(), route.demand()),
                        new NextHop(name("a.test"), NextHop.Kind.SMART_HOST, Optional.of(587), route.demand()));
    }

    @Test
    void exemptionHoldsToTheEndOfItsLastDay() {
        OperatorDemand weak = demand("weak", new TlsDemand.Never(), MechanismUse.NONE, MechanismUse.NONE);
        add("weak", weak, Optional.of(new Exemption("their key is lost", LAST_DAY)), "example.com");

        assertThat(built().of(name("example.com")).demand()).isEqualTo(weak);
        assertThat(built().of(name("example.com")).exemption()).contains("until 2026-12-31: their key is lost");

        now = Instant.parse("2027-01-01T00:00:00Z");
        Route route = built().of(name("example.com"));
        assertThat(route.demand())
                .isEqualTo(demand(
                        "weak", new TlsDemand.Opportunistic(), MechanismUse.OPPORTUNISTIC, MechanismUse.OPPORTUNISTIC));
        assertThat(route.exemption()).contains("over since 2026-12-31, the usual is demanded: their key is lost");
    }

    /// Neither what the connector itself demands more, nor what a wider one demands, is lost with the exemption.
    @Test
    void endedExemptionLeavesTheStricterOfTheConnectorAndOfWhatWouldHoldWithoutIt() {
        now = Instant.parse("2027-01-01T00:00:00Z");
        TlsDemand named = new TlsDemand.CertificateValidation();
        add("wide", new TlsDemand.Encryption(), MechanismUse.MANDATORY, "*.example.com")
                .add(
                        "weak",
                        demand("weak", named, MechanismUse.NONE, MechanismUse.OPPORTUNISTIC),
                        Optional.of(new Exemption("x", LAST_DAY)),
                        "a.example.com");

        assertThat(built().of(name("a.example.com")).demand())
                .isEqualTo(demand("weak", named, MechanismUse.MANDATORY, MechanismUse.OPPORTUNISTIC));
    }

    @Test
    void endsAreToldAheadAndAfterwards() {
        add("soon", OperatorDemand.USUAL, Optional.of(new Exemption("x", LAST_DAY)), "a.test");
        add("later", OperatorDemand.USUAL, Optional.of(new Exemption("y", LAST_DAY.plusDays(30))), "b.test");
        add("none", OperatorDemand.USUAL, Optional.empty(), "c.test");

        assertThat(ConnectorNotices.of(connectors, LAST_DAY.minusDays(15))).isEmpty();
        assertThat(ConnectorNotices.of(connectors, LAST_DAY.minusDays(14)))
                .containsExactly(
                        "connector 'soon': the exemption ends after 2026-12-31 (x); then the usual is demanded again");
        assertThat(ConnectorNotices.of(connectors, LAST_DAY.plusDays(1)))
                .containsExactly(
                        "connector 'soon': the exemption is over since 2026-12-31 (x); the usual is demanded again");
    }

    /// A connector that is added for its schedule must not take a wider one's demands away in silence.
    @Test
    void aConnectorThatDemandsLessThanAWiderOneIsTold() {
        add("wide", new TlsDemand.Encryption(), MechanismUse.MANDATORY, "*.example.com")
                .add("narrow", OperatorDemand.USUAL, Optional.empty(), "a.example.com")
                .add("same", new TlsDemand.Encryption(), MechanismUse.MANDATORY, "b.example.com")
                .add("meant", OperatorDemand.USUAL, Optional.of(new Exemption("x", LAST_DAY)), "c.example.com")
                .add("apart", OperatorDemand.USUAL, Optional.empty(), "example.com");

        assertThat(ConnectorNotices.of(connectors, LAST_DAY.minusDays(100)))
                .containsExactly("connector 'narrow': demands less for a.example.com than connector 'wide' does for"
                        + " *.example.com; if that is meant, give reason and expires");
    }
}
