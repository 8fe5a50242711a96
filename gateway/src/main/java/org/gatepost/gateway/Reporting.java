// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway;

import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.dns.Resolver;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.config.GatewayConfig;
import org.gatepost.gateway.config.GatewayConfig.DkimKeyFile;
import org.gatepost.gateway.config.GatewayConfig.Reports;
import org.gatepost.gateway.delivery.DeliveryEvents;
import org.gatepost.gateway.delivery.SessionRecorder;
import org.gatepost.gateway.reports.sending.DayClosing;
import org.gatepost.gateway.reports.sending.DkimKey;
import org.gatepost.gateway.reports.sending.ReportService;
import org.gatepost.gateway.reports.sending.Reporter;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.tls.PemFileException;

/// Sending TLS reports, wired from the configuration.
public final class Reporting {
    private Reporting() {}

    /// Who sends reports.
    ///
    /// @return empty when the configuration wants none sent
    /// @throws ConfigProblem when a key cannot be used
    public static Optional<Reporter> reporter(GatewayConfig config) throws ConfigProblem {
        if (config.reports().isEmpty()) {
            return Optional.empty();
        }
        Reports reports = config.reports().get();
        List<DkimKey> keys = new ArrayList<>();
        for (DkimKeyFile key : reports.keys()) {
            try {
                keys.add(DkimKey.read(key.domain(), key.selector(), key.file()));
            } catch (PemFileException e) {
                throw new ConfigProblem("reports: " + e.getMessage(), e);
            }
        }
        return Optional.of(new Reporter(
                config.hostname(),
                reports.from(),
                reports.organization(),
                reports.contact(),
                reports.informationPage(),
                keys));
    }

    /// The service, not started.
    ///
    /// @return empty when the configuration wants no reports sent
    /// @throws ConfigProblem when a key or the certification authorities cannot be used
    public static Optional<ReportService> service(
            GatewayConfig config, EmbeddedStore store, Resolver resolver, ReportService.Surroundings surroundings)
            throws ConfigProblem {
        Optional<Reporter> reporter = reporter(config);
        if (reporter.isEmpty() || config.reports().isEmpty()) {
            return Optional.empty();
        }
        Reports reports = config.reports().get();
        return Optional.of(ReportService.of(
                reporter.get(),
                store,
                new ReportService.Web(
                        resolver,
                        Transport.tlsClient(config),
                        Transport.trustStore(config),
                        reports.privateAddresses(),
                        reports.httpsTimeout()),
                surroundings));
    }

    /// Whether the day's sessions are all counted.
    public static boolean isOver(LocalDate day, Instant now) {
        return !day.isAfter(DayClosing.lastOver(now));
    }

    /// Who counts sessions: nobody when no report would ever take the sums away.
    static SessionRecorder recorder(GatewayConfig config, EmbeddedStore store) {
        return config.reports().isPresent() ? store.sessionLog()::record : SessionRecorder.none();
    }

    /// Tells the reports first, so that whoever is told next finds the outcome noted.
    static DeliveryEvents events(Optional<ReportService> reports, DeliveryEvents others) {
        if (reports.isEmpty()) {
            return others;
        }
        DeliveryEvents own = reports.get().events();
        return (message, recipient, result, step) -> {
            own.attempted(message, recipient, result, step);
            others.attempted(message, recipient, result, step);
        };
    }
}
