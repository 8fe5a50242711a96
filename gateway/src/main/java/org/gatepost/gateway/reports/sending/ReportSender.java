// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.reports.sending.RecordLookup.Wanted;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.PrintableText;
import org.gatepost.spool.CountedSessions;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.ReportPlan;
import org.gatepost.spool.ReportPlan.State;
import org.gatepost.spool.ReportPlan.Target;
import org.gatepost.spool.ReportPlan.TargetState;
import org.gatepost.spool.ReportPlans.Mail;
import org.gatepost.spool.Spool;
import org.gatepost.spool.SpoolException;
import org.gatepost.tlsrpt.ReportUri;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes one try at one planned report: asks for the record, posts, and puts mails into the queue. An address
/// that took the report is not served again at a later try; the others are tried for a day, at growing distances
/// (RFC 8460 §5.5). Safe for use by many threads, each with another plan.
final class ReportSender {
    /// From the first try on.
    static final Duration LIFETIME = Duration.ofHours(24);

    /// Addresses of one record that are served.
    static final int MAX_ADDRESSES = 10;

    private static final Duration FIRST_WAIT = Duration.ofMinutes(15);
    private static final Duration LONGEST_WAIT = Duration.ofHours(4);
    private static final Logger LOG = LoggerFactory.getLogger(ReportSender.class);

    private final Reporter reporter;
    private final Sources sources;
    private final ReportPost post;
    private final MailQueue mail;
    private final InstantSource clock;

    /// Where a report comes from.
    record Sources(RecordLookup records, CountedSessions sessions) {}

    /// Where its mails go.
    ///
    /// @param allowance mails that may still be sent now
    record MailQueue(Spool spool, MailOutcomes outcomes, MailAllowance allowance) {}

    ReportSender(Reporter reporter, Sources sources, ReportPost post, MailQueue mail, InstantSource clock) {
        this.reporter = reporter;
        this.sources = sources;
        this.post = post;
        this.mail = mail;
        this.clock = clock;
    }

    /// Tries, and writes down what came of it. A defect of ours counts as a try that failed.
    ///
    /// @throws SpoolException when that could not be written down; the plan is then as before
    void attempt(ReportPlan plan) {
        Instant now = clock.instant();
        Tried tried;
        try {
            tried = tried(plan, now);
        } catch (SpoolException e) {
            throw e;
        } catch (RuntimeException bug) {
            LOG.error("tls reports: a defect of ours in the report to {}", plan.domain(), bug);
            tried = new Tried(plan.targets(), List.of(), true, "a defect stopped the try; the log has details");
        }
        try {
            ReportPlan after = after(plan, tried, now);
            mail.outcomes().settle(after, tried.mails());
            log(after);
        } finally {
            tried.close();
        }
    }

    /// What a try came to.
    ///
    /// @param again whether another is needed
    private record Tried(List<Target> targets, List<Mail> mails, boolean again, String line) {
        void close() {
            mails.forEach(one -> one.draft().close());
        }
    }

    private Tried tried(ReportPlan plan, Instant now) {
        return switch (sources.records().of(plan.domain())) {
            case Wanted.Unknown(String line) -> new Tried(plan.targets(), List.of(), true, line);
            case Wanted.NotAtAll(String line) -> new Tried(List.of(), List.of(), false, line);
            case Wanted.At(List<ReportUri> rua) -> deliver(plan, rua, now);
        };
    }

    private Tried deliver(ReportPlan plan, List<ReportUri> rua, Instant now) {
        List<PolicyResult> results = sources.sessions().results(plan.day(), plan.domain());
        OutgoingReport report = OutgoingReport.of(reporter, plan.day(), plan.domain(), plan.reportId(), results);
        List<ReportUri> served = rua.subList(0, Math.min(rua.size(), MAX_ADDRESSES));
        List<Target> targets =
                new ArrayList<>(served.stream().map(uri -> known(plan, uri)).toList());
        List<Mail> mails = new ArrayList<>();
        // Addresses that keep the caller waiting must not keep other domains waiting, nor for ever those behind them.
        long end = System.nanoTime() + post.timeout().multipliedBy(2).toNanos();
        try {
            for (int i = 0; i < served.size() && System.nanoTime() - end < 0; i++) {
                int place = (plan.tries() + i) % served.size();
                if (targets.get(place).state() == TargetState.WAITING) {
                    targets.set(place, serve(served.get(place), report, mails, now));
                }
            }
        } catch (RuntimeException e) {
            mails.forEach(one -> one.draft().close());
            throw e;
        }
        boolean again = targets.stream().anyMatch(target -> waits(target, mails));
        String line = rua.size() > MAX_ADDRESSES
                ? "the record names " + rua.size() + " addresses; the first " + MAX_ADDRESSES + " are served"
                : "";
        return new Tried(targets, mails, again, line);
    }

    private static Target known(ReportPlan plan, ReportUri uri) {
        return plan.targets().stream()
                .filter(target -> target.uri().equals(uri.toString()))
                .findFirst()
                .orElseGet(() -> target(uri, TargetState.WAITING, ""));
    }

    private static Target target(ReportUri uri, TargetState state, String line) {
        return new Target(uri.toString(), state, line, Optional.empty());
    }

    private Target serve(ReportUri uri, OutgoingReport report, List<Mail> mails, Instant now) {
        return switch (uri) {
            case ReportUri.Https https -> {
                ReportPost.Outcome outcome = post.post(https.uri(), report.gzip());
                yield target(uri, outcome.taken() ? TargetState.POSTED : TargetState.WAITING, outcome.line());
            }
            case ReportUri.Mail(Mailbox to) -> {
                if (mail.outcomes().isSuppressed(to)) {
                    yield target(uri, TargetState.SUPPRESSED, "it refused the reports before this one");
                }
                if (!mail.outcomes().hasRoom() || !mail.allowance().takes(now)) {
                    yield target(uri, TargetState.WAITING, "too many report mails are under way; later");
                }
                mails.add(new Mail(uri.toString(), draft(to, report, now)));
                yield target(uri, TargetState.WAITING, "");
            }
        };
    }

    private Spool.Draft draft(Mailbox to, OutgoingReport report, Instant now) {
        Spool.Draft draft = mail.spool().draft();
        try (OutputStream content = draft.content()) {
            content.write(new ReportMessage(reporter, report).render(to, now));
        } catch (IOException e) {
            draft.close();
            throw new SpoolException("the report to <" + to + "> cannot be written", e);
        }
        draft.seal(envelope(to, report), now, now);
        return draft;
    }

    /// The null reverse-path: a report that cannot be delivered must not come back as mail.
    private static Envelope envelope(Mailbox to, OutgoingReport report) {
        return new Envelope(
                Optional.empty(),
                List.of(to),
                to.needsSmtpUtf8(),
                false,
                Envelope.Handling.TLS_REPORT,
                "tls report on " + report.domain());
    }

    private ReportPlan after(ReportPlan plan, Tried tried, Instant now) {
        Instant first = plan.firstTry().orElse(now);
        Instant end = first.plus(LIFETIME);
        boolean waits = tried.again() && now.isBefore(end);
        List<Target> targets = waits
                ? tried.targets()
                : tried.targets().stream().map(target -> settled(target, tried)).toList();
        int tries = plan.tries() + 1;
        Instant next = now.plus(wait(tries));
        return new ReportPlan(
                plan.id(),
                plan.day(),
                plan.domain(),
                plan.reportId(),
                waits ? State.WAITING : state(tried, targets),
                waits ? Optional.of(next.isBefore(end) ? next : end) : Optional.empty(),
                Optional.of(first),
                tries,
                tried.line(),
                targets);
    }

    /// Not one whose mail is stored with this very result.
    private static boolean waits(Target target, List<Mail> mails) {
        return target.state() == TargetState.WAITING
                && mails.stream().noneMatch(one -> one.uri().equals(target.uri()));
    }

    private static Target settled(Target target, Tried tried) {
        return waits(target, tried.mails())
                ? new Target(target.uri(), TargetState.GIVEN_UP, target.line(), target.message())
                : target;
    }

    private static State state(Tried tried, List<Target> targets) {
        if (targets.isEmpty()) {
            return tried.again() ? State.GIVEN_UP : State.NOT_ASKED_FOR;
        }
        boolean taken = targets.stream().anyMatch(target -> switch (target.state()) {
            case POSTED, QUEUED, DELIVERED, REFUSED, UNKNOWN -> true;
            // Only one whose mail is stored with this result still says so.
            case WAITING -> true;
            case GIVEN_UP, SUPPRESSED -> false;
        });
        return taken ? State.SENT : State.GIVEN_UP;
    }

    private static Duration wait(int tries) {
        Duration wait = FIRST_WAIT.multipliedBy(1L << Math.min(tries - 1, 10));
        return wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT;
    }

    private static void log(ReportPlan plan) {
        switch (plan.state()) {
            case WAITING ->
                LOG.info(
                        "tls reports: {} to {} is tried again at {}: {}",
                        plan.reportId(),
                        plan.domain(),
                        plan.due().orElseThrow(),
                        reason(plan));
            case SENT -> LOG.info("tls reports: {} to {} sent", plan.reportId(), plan.domain());
            case NOT_ASKED_FOR -> LOG.debug("tls reports: {} asks for none: {}", plan.domain(), plan.line());
            case GIVEN_UP ->
                LOG.warn("tls reports: {} to {} given up: {}", plan.reportId(), plan.domain(), reason(plan));
        }
    }

    private static String reason(ReportPlan plan) {
        List<String> lines = new ArrayList<>();
        if (!plan.line().isEmpty()) {
            lines.add(plan.line());
        }
        plan.targets().stream()
                .filter(target -> !target.line().isEmpty())
                .forEach(target -> lines.add(PrintableText.line(target.uri() + ": " + target.line(), 600)));
        return String.join(" | ", lines);
    }
}
