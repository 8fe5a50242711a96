// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.receiving;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.gatepost.gateway.dkim.DkimVerifier;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.policy.PrintableText;
import org.gatepost.spool.ReceivedReport;
import org.gatepost.spool.ReceivedReport.Arrival;
import org.gatepost.spool.ReceivedReport.Signature;
import org.gatepost.spool.ReceivedReport.Way;
import org.gatepost.spool.ReceivedReports;
import org.gatepost.spool.SpoolException;
import org.gatepost.tlsrpt.Deviation;
import org.gatepost.tlsrpt.MailedReport;
import org.gatepost.tlsrpt.PolicyType;
import org.gatepost.tlsrpt.ReadLimits;
import org.gatepost.tlsrpt.ReadReport;
import org.gatepost.tlsrpt.ReportBody;
import org.gatepost.tlsrpt.ReportMail;
import org.gatepost.tlsrpt.ReportReader;
import org.gatepost.tlsrpt.TlsReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Judges what comes as a report and keeps what is one about our domains, before its sender is answered. Anybody can
/// send, so the work on each is bounded, and few are worked on at once. Safe for use by many threads.
public final class ReportIntake {
    /// As it comes, a mail or a body: many receivers take no more (RFC 8460 §5.2).
    public static final int MOST_OCTETS = 10 * 1024 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(ReportIntake.class);
    private static final ReadLimits LIMITS = new ReadLimits(MOST_OCTETS, ReportReader.MOST_OCTETS);
    private static final int AT_ONCE = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /// A clock may be wrong; no report is about a day that has not begun.
    private static final Duration AHEAD = Duration.ofDays(2);

    private final Set<DomainName> domains;
    private final boolean signatureNeeded;
    private final ReceivedReports store;
    private final DkimVerifier verifier;
    private final InstantSource clock;
    private final Semaphore places = new Semaphore(AT_ONCE, true);

    /// @param domains whose reports are taken
    /// @param signatureNeeded whether reports by mail must be signed, as RFC 8460 §3 has it
    public record Rules(Set<DomainName> domains, boolean signatureNeeded) {
        public Rules {
            domains = Set.copyOf(domains);
        }
    }

    public ReportIntake(Rules rules, ReceivedReports store, DkimVerifier verifier, InstantSource clock) {
        this.domains = rules.domains();
        this.signatureNeeded = rules.signatureNeeded();
        this.store = store;
        this.verifier = verifier;
        this.clock = clock;
    }

    /// A report as a whole message, CRLF line ends, without anything added on the way in.
    public IntakeVerdict mailed(byte[] message, InetAddress client) {
        return told(Way.MAIL, client, () -> {
            // Not in turn: whoever signs with a key whose name servers are slow would keep others waiting.
            Signature signature = verifier.verify(message);
            Arrival arrival = new Arrival(clock.instant(), Way.MAIL, client.getHostAddress(), signature);
            return inTurn(() -> judgeMail(message, arrival));
        });
    }

    /// A report as the body of a request, compressed or not.
    public IntakeVerdict posted(byte[] body, InetAddress client) {
        return told(Way.HTTPS, client, () -> {
            Arrival arrival = new Arrival(clock.instant(), Way.HTTPS, client.getHostAddress(), Signature.ABSENT);
            return inTurn(() -> judge(ReportBody.read(body, LIMITS), Optional.empty(), arrival));
        });
    }

    private IntakeVerdict told(Way way, InetAddress client, Supplier<IntakeVerdict> judging) {
        IntakeVerdict verdict;
        try {
            verdict = judging.get();
        } catch (SpoolException e) {
            LOG.error("a report cannot be stored: {}", e.getMessage());
            verdict = new IntakeVerdict.Unavailable("the report cannot be stored now");
        } catch (RuntimeException bug) {
            LOG.error("a defect of ours while judging a report", bug);
            verdict = new IntakeVerdict.Unavailable("a defect of ours");
        }
        LOG.info("report by {} from {}: {}", way, client.getHostAddress(), verdict);
        return verdict;
    }

    private IntakeVerdict inTurn(Supplier<IntakeVerdict> judging) {
        try {
            if (!places.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                return new IntakeVerdict.Unavailable("too many reports are being read now");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new IntakeVerdict.Unavailable("the gateway is stopping");
        }
        try {
            return judging.get();
        } finally {
            places.release();
        }
    }

    private IntakeVerdict judgeMail(byte[] message, Arrival arrival) {
        MailedReport mail;
        try {
            mail = ReportMail.read(new ByteArrayInputStream(message), LIMITS);
        } catch (IOException e) {
            throw new IllegalStateException("octets in memory can be read", e);
        }
        return switch (mail) {
            case MailedReport.NoReport(String reason) -> new IntakeVerdict.NoReport(line(reason));
            case MailedReport.Found found -> {
                Optional<DomainName> stated = found.reportDomain().flatMap(ReportIntake::domain);
                yield judge(found.report(), stated, arrival);
            }
        };
    }

    /// @param stated the domain that the mail says it is about; the report itself counts first (RFC 8460 §5.6)
    private IntakeVerdict judge(ReadReport read, Optional<DomainName> stated, Arrival arrival) {
        return switch (read) {
            case ReadReport.Unreadable unreadable -> new IntakeVerdict.Unreadable(line(unreadable.toString()));
            case ReadReport.Accepted(TlsReport report, List<Deviation> deviations) -> {
                Set<DomainName> ours = ours(report, stated);
                if (ours.isEmpty()) {
                    yield new IntakeVerdict.NotOurs(domainsOf(report));
                }
                if (report.end().isAfter(arrival.when().plus(AHEAD))
                        || report.start().isBefore(Instant.EPOCH)) {
                    yield new IntakeVerdict.Unreadable("/date-range: the time does not lie in the past");
                }
                if (arrival.way() == Way.MAIL
                        && signatureNeeded
                        && arrival.signature().voucher().isEmpty()) {
                    yield unsigned(arrival.signature());
                }
                List<String> notes = deviations.stream()
                        .map(deviation -> deviation.place() + ": " + deviation.rule())
                        .toList();
                yield keep(new ReceivedReport(report, arrival, notes), ours);
            }
        };
    }

    private IntakeVerdict keep(ReceivedReport report, Set<DomainName> ours) {
        return switch (store.store(report, ours)) {
            case ReceivedReports.Outcome.Stored(long number) -> new IntakeVerdict.Stored(number);
            case ReceivedReports.Outcome.Duplicate(long number) -> new IntakeVerdict.Duplicate(number);
            case ReceivedReports.Outcome.TooMany(DomainName domain) -> new IntakeVerdict.TooMany(domain);
        };
    }

    private static IntakeVerdict unsigned(Signature signature) {
        return switch (signature.result()) {
            // Another domain's signature vouches for nothing, whether it is valid or not.
            case TEMPERROR ->
                signature.aligned()
                        ? new IntakeVerdict.NotVerified(line(signature.detail()))
                        : new IntakeVerdict.NotVouchedFor(false, "the sender's domain did not sign it");
            case PASS ->
                new IntakeVerdict.NotVouchedFor(
                        true,
                        "signed by "
                                + signature.domain().map(DomainName::toString).orElse("nobody")
                                + ", which is neither the author's domain nor a signed TLS-Report-Submitter's");
            case FAIL, NONE -> new IntakeVerdict.NotVouchedFor(false, line(signature.detail()));
        };
    }

    /// Which of our domains the report is about. The policy domain of DANE is that of the MX host (RFC 8460 §4.4),
    /// which
    /// may lie below a domain of ours or be another's who takes our mail in; then what the mail says counts.
    private Set<DomainName> ours(TlsReport report, Optional<DomainName> stated) {
        Set<DomainName> found = new TreeSet<>();
        boolean onlyDane = true;
        for (TlsReport.PolicyResult result : report.policies()) {
            boolean dane = result.policy().type().equals(PolicyType.TLSA.toString());
            onlyDane &= dane;
            domain(result.policy().domain())
                    .ifPresent(name -> domains.stream()
                            .filter(our -> name.equals(our) || (dane && name.isWithin(our)))
                            .forEach(found::add));
        }
        if (found.isEmpty() && onlyDane) {
            stated.filter(domains::contains).ifPresent(found::add);
        }
        return found;
    }

    private static String domainsOf(TlsReport report) {
        List<String> names = report.policies().stream()
                .map(result -> result.policy().domain())
                .distinct()
                .limit(3)
                .toList();
        return names.isEmpty() ? "no domain" : line(String.join(", ", names));
    }

    private static Optional<DomainName> domain(String text) {
        try {
            return Optional.of(DomainName.parse(text.strip())).filter(name -> !name.isRoot());
        } catch (NameSyntaxException e) {
            return Optional.empty();
        }
    }

    private static String line(String text) {
        return PrintableText.line(text, 300);
    }
}
