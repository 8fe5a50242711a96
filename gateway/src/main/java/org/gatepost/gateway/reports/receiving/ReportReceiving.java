// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.receiving;

import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import org.gatepost.dns.Resolver;
import org.gatepost.gateway.config.GatewayConfig.ReportReception;
import org.gatepost.gateway.dkim.DkimVerifier;
import org.gatepost.gateway.http.HttpRoutes;
import org.gatepost.gateway.http.OctetBudget;
import org.gatepost.spool.ReceivedReports;

/// The ways by which reports come in, as configured.
///
/// @param post for HTTPS; empty when no reports are taken
public record ReportReceiving(Optional<ReportMailbox> mailbox, Optional<ReportEndpoint> post) {
    /// What reports being received may take of memory together.
    private static final long MOST_MEMORY = 32L * 1024 * 1024;

    public static ReportReceiving of(
            ReportReception config, ReceivedReports store, Resolver resolver, InstantSource clock) {
        if (config.domains().isEmpty()) {
            return new ReportReceiving(Optional.empty(), Optional.empty());
        }
        ReportIntake intake = new ReportIntake(
                new ReportIntake.Rules(Set.copyOf(config.domains()), config.signatureNeeded()),
                store,
                new DkimVerifier(resolver, clock),
                clock);
        OctetBudget budget = new OctetBudget(MOST_MEMORY);
        return new ReportReceiving(
                config.address().map(address -> new ReportMailbox(address, intake, budget)),
                Optional.of(new ReportEndpoint(intake, budget)));
    }

    /// Registers what is taken by HTTPS.
    public void register(HttpRoutes.Builder routes) {
        post.ifPresent(handler -> routes.on("POST", ReportEndpoint.PATH, handler));
    }
}
