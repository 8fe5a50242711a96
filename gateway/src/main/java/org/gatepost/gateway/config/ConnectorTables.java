// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.gatepost.gateway.config.Connector.Exemption;
import org.gatepost.gateway.config.Connector.Pace;
import org.gatepost.gateway.config.ConnectorKeys.TlsWord;
import org.gatepost.gateway.config.GatewayConfig.Policy;
import org.gatepost.gateway.config.GatewayConfig.Queue;
import org.gatepost.policy.MechanismUse;
import org.gatepost.policy.MxPattern;
import org.gatepost.policy.OperatorDemand;
import org.gatepost.policy.TlsDemand;
import org.tomlj.TomlArray;
import org.tomlj.TomlTable;

/// Reads the `[[connector]]` tables.
final class ConnectorTables {
    private static final String PREFIX = ConnectorKeys.TABLE + ".";
    private static final List<String> PATH = List.of(ConnectorKeys.TABLE);

    private final Queue queue;
    private final Policy policy;
    private final List<Connector> connectors = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private final Map<DomainPattern, String> owners = new HashMap<>();

    private ConnectorTables(Queue queue, Policy policy) {
        this.queue = queue;
        this.policy = policy;
    }

    /// Refuses connectors that are anything but an array of tables, of which no key could be found.
    static void requireTables(ConfigTable root) throws ConfigProblem {
        Object value = root.toml().get(PATH);
        boolean tables =
                value instanceof TomlArray array && array.toList().stream().allMatch(TomlTable.class::isInstance);
        if (value != null && !tables) {
            throw root.problem(ConnectorKeys.TABLE, "each connector is a table of its own, headed [[connector]]");
        }
    }

    /// @param queue what holds where a connector says nothing of its own
    /// @param policy as well
    static List<Connector> read(ConfigTable root, Queue queue, Policy policy) throws ConfigProblem {
        ConnectorTables tables = new ConnectorTables(queue, policy);
        TomlArray array = root.toml().getArrayOrEmpty(PATH);
        for (int i = 0; i < array.size(); i++) {
            ConfigTable table = new ConfigTable(root.place(), PREFIX, array.getTable(i), array.inputPositionOf(i));
            tables.connectors.add(tables.new Table(table).read());
        }
        return List.copyOf(tables.connectors);
    }

    /// One table on its way to a connector.
    private final class Table {
        private final ConfigTable table;

        Table(ConfigTable table) {
            this.table = table;
        }

        Connector read() throws ConfigProblem {
            table.refuseOthers(ConnectorKeys.ALL.stream().map(ConfigKey::name).toList());
            String name = table.required(ConnectorKeys.NAME);
            if (!names.add(name)) {
                throw table.problem(ConnectorKeys.NAME.name(), "another connector has that name");
            }
            List<DomainPattern> domains = table.required(ConnectorKeys.DOMAINS);
            for (DomainPattern pattern : domains) {
                String owner = owners.putIfAbsent(pattern, name);
                if (owner != null) {
                    throw table.problem(
                            ConnectorKeys.DOMAINS.name(), pattern + " stands already in connector '" + owner + "'");
                }
            }
            OperatorDemand demand = demand(name);
            return new Connector(
                    name,
                    domains,
                    table.value(ConnectorKeys.SMART_HOSTS),
                    demand,
                    new Pace(
                            table.value(ConnectorKeys.RETRY, queue.retry()),
                            table.value(ConnectorKeys.LIFETIME, queue.lifetime()),
                            table.contains(ConnectorKeys.CONCURRENCY)
                                    ? Optional.of(table.value(ConnectorKeys.CONCURRENCY))
                                    : Optional.empty()),
                    exemption(demand));
        }

        private OperatorDemand demand(String name) throws ConfigProblem {
            OperatorDemand demand = new OperatorDemand(
                    Optional.of(name),
                    tls(),
                    table.value(ConnectorKeys.DANE, policy.dane().use()),
                    table.value(ConnectorKeys.MTA_STS, policy.mtaSts().use()),
                    table.value(ConnectorKeys.DANE_SUFFICES));
            boolean unprotected = demand.dane() == MechanismUse.NONE && demand.mtaSts() == MechanismUse.NONE;
            if (demand.tls() instanceof TlsDemand.Never && !unprotected) {
                throw table.problem(
                        ConnectorKeys.TLS.name(),
                        "\"none\" goes with dane = \"none\" and mta-sts = \"none\", for both demand TLS");
            }
            if (demand.daneSuffices()
                    && (demand.dane() == MechanismUse.NONE || demand.mtaSts() == MechanismUse.MANDATORY)) {
                throw table.problem(
                        ConnectorKeys.DANE_SUFFICES.name(),
                        "goes neither with dane = \"none\" nor with mta-sts = \"mandatory\"");
            }
            return demand;
        }

        private TlsDemand tls() throws ConfigProblem {
            TlsWord word = table.value(ConnectorKeys.TLS);
            Optional<MxPattern> name = table.value(ConnectorKeys.TLS_NAME);
            if (name.isPresent() != (word == TlsWord.DOMAIN_VALIDATION)) {
                throw table.problem(
                        name.isPresent() ? ConnectorKeys.TLS_NAME.name() : ConnectorKeys.TLS.name(),
                        "tls = \"domain-validation\" and tls-name go together");
            }
            return switch (word) {
                case NONE -> new TlsDemand.Never();
                case OPPORTUNISTIC -> new TlsDemand.Opportunistic();
                case ENCRYPTION -> new TlsDemand.Encryption();
                case CERTIFICATE_VALIDATION -> new TlsDemand.CertificateValidation();
                case DOMAIN_VALIDATION -> new TlsDemand.DomainValidation(name.orElseThrow());
            };
        }

        private Optional<Exemption> exemption(OperatorDemand demand) throws ConfigProblem {
            String reason = table.value(ConnectorKeys.REASON);
            Optional<Exemption> exemption = table.value(ConnectorKeys.EXPIRES).map(day -> new Exemption(reason, day));
            if (reason.isEmpty() == exemption.isPresent()) {
                throw table.problem(
                        reason.isEmpty() ? ConnectorKeys.EXPIRES.name() : ConnectorKeys.REASON.name(),
                        "reason and expires go together");
            }
            Optional<ConfigKey<?>> weakened = weakened(demand);
            if (weakened.isPresent() && exemption.isEmpty()) {
                throw table.problem(
                        weakened.get().name(), "\"none\" demands less than usual, so reason and expires must be given");
            }
            return exemption;
        }

        private Optional<ConfigKey<?>> weakened(OperatorDemand demand) {
            if (demand.tls() instanceof TlsDemand.Never) {
                return Optional.of(ConnectorKeys.TLS);
            }
            if (demand.dane().compareTo(policy.dane().use()) < 0) {
                return Optional.of(ConnectorKeys.DANE);
            }
            return demand.mtaSts().compareTo(policy.mtaSts().use()) < 0
                    ? Optional.of(ConnectorKeys.MTA_STS)
                    : Optional.empty();
        }
    }
}
