// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.delivery.DeliveryEvents.Step;
import org.gatepost.gateway.delivery.RecipientResult;
import org.gatepost.gateway.resolution.ScriptedResolver;
import org.gatepost.names.DomainName;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.TransportVerdict.Protection;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedRecipient;
import org.gatepost.spool.ReportPlan;
import org.gatepost.spool.Spool;
import org.gatepost.tls.JsseTlsClient;
import org.gatepost.tls.TrustStore;
import org.gatepost.tlsrpt.SessionResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;

/// The reports of one gateway, with a store on disk, a clock that a test moves, and an HTTPS receiver on loopback.
final class ReportWorld implements AutoCloseable {
    static final LocalDate DAY = LocalDate.parse("2026-11-22");
    static final Instant MIDNIGHT = Instant.parse("2026-11-23T00:00:00Z");

    final ScriptedResolver resolver = new ScriptedResolver();
    final HttpsReceiver receiver;
    Instant now = MIDNIGHT.minus(Duration.ofHours(12));
    EmbeddedStore store;
    ReportService service;

    private final Path folder;
    private final Reporter reporter;
    private final Random random = new Random(8460);

    ReportWorld(Path folder) throws Exception {
        this.folder = folder;
        this.reporter = TestKeys.reporter(folder);
        this.receiver = new HttpsReceiver();
        resolver.found(
                HttpsReceiver.HOST,
                RecordType.A,
                DnssecStatus.INSECURE,
                new RecordData.Address(InetAddress.getLoopbackAddress()));
        this.store = EmbeddedStore.open(folder.resolve("spool"));
        this.service = service();
    }

    private ReportService service() {
        return ReportService.of(
                reporter,
                store,
                new ReportService.Web(
                        resolver,
                        new JsseTlsClient(),
                        TrustStore.of(List.of(receiver.certificate())),
                        true,
                        Duration.ofSeconds(20)),
                new ReportService.Surroundings(() -> now, random, () -> {}));
    }

    /// As after a crash: nothing but the store is left.
    void restart() {
        store.close();
        store = EmbeddedStore.open(folder.resolve("spool"));
        service = service();
    }

    ReportWorld session(String time, String domain) {
        store.sessionLog()
                .record(List.of(new SessionResult(
                        Instant.parse(time),
                        DomainName.parse(domain),
                        new ReportedPolicy("no-policy-found", List.of(), domain, List.of()),
                        Optional.empty())));
        return this;
    }

    ReportWorld record(String domain, String text) {
        resolver.found(
                "_smtp._tls." + domain,
                RecordType.TXT,
                DnssecStatus.INSECURE,
                new RecordData.Txt("v=TLSRPTv1;" + text));
        return this;
    }

    ReportWorld noRecord(String domain) {
        resolver.forget("_smtp._tls." + domain, RecordType.TXT);
        return this;
    }

    /// Moves the clock and has the service look.
    ReportWorld at(Instant instant) {
        now = instant;
        service.tick();
        return this;
    }

    /// To where everything of [#DAY] has had its first try.
    ReportWorld afterTheSpread() {
        at(MIDNIGHT.plus(DayClosing.GRACE));
        return at(MIDNIGHT.plus(DayClosing.GRACE).plus(DayClosing.SPREAD));
    }

    ReportPlan plan(String domain) {
        return store.reportPlans().plan(DAY, DomainName.parse(domain)).orElseThrow();
    }

    List<Spool.Entry> queue() {
        return store.spool().list(new MessageId(0), 100);
    }

    String content(MessageId id) throws IOException {
        try (var content = store.spool().content(id)) {
            return new String(content.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /// Ends every queued mail in the way given, as a delivery would.
    void deliver(RecipientResult result) {
        List<QueuedRecipient> leased = new ArrayList<>(store.spool().lease(now, 100));
        for (QueuedRecipient recipient : leased) {
            store.spool().apply(List.of(new Spool.Update.Finished(recipient)), List.of());
            Step step = result instanceof RecipientResult.Delivered ? Step.DELIVERED : Step.DROPPED;
            service.events().attempted(recipient.message(), recipient.mailbox(), result, step);
        }
    }

    static RecipientResult delivered() {
        return new RecipientResult.Delivered("mx.receiver.example", Protection.NONE, "250 2.0.0 ok", true, List.of());
    }

    static RecipientResult refused() {
        return new RecipientResult.NotDelivered(
                new DeliveryFailure.PeerRejected("RCPT", 550, Optional.of("5.1.1"), "no such user"), List.of());
    }

    @Override
    public void close() throws java.io.IOException {
        service.close();
        store.close();
        receiver.close();
    }
}
