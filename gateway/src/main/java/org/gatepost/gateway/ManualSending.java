// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.gatepost.gateway.config.ConfigProblem;
import org.gatepost.gateway.config.GatewayConfig;
import org.gatepost.gateway.delivery.Feedback;
import org.gatepost.gateway.delivery.QueueDelivery;
import org.gatepost.gateway.delivery.SessionRecorder;
import org.gatepost.gateway.reports.sending.ReportService;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedRecipient;

/// Sends the reports of a day while no gateway runs: one try at each report, and one at each mail.
public final class ManualSending {
    private static final int BATCH = 500;

    /// Report mails delivered in one go; further ones are left to the gateway.
    private static final int MAX_MAILS = 10_000;

    private final GatewayConfig config;
    private final EmbeddedStore store;
    private final Gateway.Environment environment;

    /// @param store open for this alone; the caller closes it
    public ManualSending(GatewayConfig config, EmbeddedStore store, Gateway.Environment environment) {
        this.config = config;
        this.store = store;
        this.environment = environment;
    }

    /// @param domain only this one's
    /// @return how many reports were tried
    /// @throws ConfigProblem when no reports are configured, or something they need is not there
    public int send(LocalDate day, Optional<DomainName> domain) throws ConfigProblem {
        try (Transport transport = Transport.of(
                config,
                new Transport.Store(store.policyMemory(), SessionRecorder.none()),
                environment.clock(),
                environment.random())) {
            ReportService service = Reporting.service(
                            config,
                            store,
                            transport.resolver(),
                            new ReportService.Surroundings(environment.clock(), environment.random(), () -> {}))
                    .orElseThrow(() -> new ConfigProblem("reports.from: not set, so no reports are sent"));
            int tries = service.send(day, domain);
            deliverMails(transport, service);
            return tries;
        }
    }

    private void deliverMails(Transport transport, ReportService service) {
        QueueDelivery delivery = new QueueDelivery(
                store.spool(),
                transport.delivery(),
                Paces.schedules(config.queue(), transport.connectors()),
                new QueueDelivery.Reporter(config.hostname(), environment.random(), service.events()),
                environment.clock());
        Set<MessageId> reports = new HashSet<>(store.reportPlans().underWay(MAX_MAILS));
        List<QueuedRecipient> others = new ArrayList<>();
        List<QueuedRecipient> due = store.spool().lease(environment.clock().instant(), BATCH);
        Set<MessageId> tried = new HashSet<>();
        while (!due.isEmpty() && others.size() < MAX_MAILS) {
            Map<MessageId, List<QueuedRecipient>> mails = new LinkedHashMap<>();
            for (QueuedRecipient recipient : due) {
                if (reports.contains(recipient.message()) && tried.add(recipient.message())) {
                    mails.computeIfAbsent(recipient.message(), id -> new ArrayList<>())
                            .add(recipient);
                } else {
                    others.add(recipient);
                }
            }
            for (List<QueuedRecipient> recipients : mails.values()) {
                if (delivery.run(domainOf(recipients.getFirst()), recipients) == Feedback.HOST_FULL) {
                    others.addAll(recipients);
                }
            }
            due = store.spool().lease(environment.clock().instant(), BATCH);
        }
        store.spool().release(due);
        store.spool().release(others);
    }

    private static DomainName domainOf(QueuedRecipient recipient) {
        return switch (recipient.mailbox().host()) {
            case Mailbox.Host.Domain domain -> domain.name();
            case Mailbox.Host.Literal literal -> DomainName.ROOT;
        };
    }
}
