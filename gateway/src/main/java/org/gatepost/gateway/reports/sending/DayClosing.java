// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.gatepost.names.DomainName;
import org.gatepost.spool.PlannedReports.Planning;
import org.gatepost.spool.ReportPlans;
import org.gatepost.spool.ReportPlans.NewPlan;
import org.gatepost.spool.SessionLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Closes each UTC day a few minutes after its end, and plans a report for each domain with results on it. Days
/// that ended while the gateway was down are closed when it is back. Every step may be made again after a crash:
/// a domain that has its plan keeps it. Used by one thread.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8460 RFC 8460 §4.1
public final class DayClosing {
    /// For the results of deliveries that began before midnight.
    static final Duration GRACE = Duration.ofMinutes(5);

    /// Over which the reports of a day are spread, so that receivers do not get all senders' reports at midnight.
    static final Duration SPREAD = Duration.ofHours(4);

    /// Sums and plans are kept for so many days at least, to be looked at.
    static final int KEPT_DAYS = 8;

    private static final int BATCH = 500;
    private static final Logger LOG = LoggerFactory.getLogger(DayClosing.class);

    private final SessionLog sessions;
    private final ReportPlans plans;
    private final DomainName hostname;
    private final RandomGenerator random;
    private Optional<LocalDate> closed = Optional.empty();

    /// @param random makes report ids
    DayClosing(SessionLog sessions, ReportPlans plans, DomainName hostname, RandomGenerator random) {
        this.sessions = sessions;
        this.plans = plans;
        this.hostname = hostname;
        this.random = random;
    }

    /// The last day that is over, with its grace.
    public static LocalDate lastOver(Instant now) {
        return now.minus(GRACE).atZone(ZoneOffset.UTC).toLocalDate().minusDays(1);
    }

    /// Does what is to be done at the instant; little when nothing is.
    void run(Instant now) {
        LocalDate over = lastOver(now);
        // A clock may be set back a little over midnight; further ahead it was wrong when it closed a day.
        boolean ranAhead = closed.filter(day -> day.isAfter(over.plusDays(1))).isPresent();
        if (closed.isPresent() && !ranAhead && !closed.get().isBefore(over)) {
            return;
        }
        if ((closed.isEmpty() || ranAhead) && sessions.reopenAfter(over)) {
            LOG.warn("tls reports: a clock that ran ahead had closed days after {}; they are open again", over);
        }
        sessions.close(over);
        for (LocalDate day : sessions.days()) {
            if (!day.isAfter(over)) {
                plan(day, now);
            }
        }
        forget(over);
        closed = Optional.of(over);
    }

    private void plan(LocalDate day, Instant now) {
        Planning planning = plans.planning(day);
        long planned = 0;
        while (!planning.complete()) {
            List<DomainName> domains = sessions.domains(day, planning.upTo(), BATCH);
            planning = new Planning(domains.isEmpty() ? planning.upTo() : domains.getLast(), domains.size() < BATCH);
            plans.plan(
                    day,
                    domains.stream()
                            .map(domain -> new NewPlan(domain, reportId(day), due(day, domain, now)))
                            .toList(),
                    planning);
            planned += domains.size();
        }
        if (planned > 0) {
            LOG.info("tls reports: {} is closed, {} domains with results", day, planned);
        }
    }

    private String reportId(LocalDate day) {
        return day + "." + HexFormat.of().toHexDigits(random.nextLong()) + "@" + hostname;
    }

    /// At a time within the spread that is the domain's own on that day, seen from this host.
    private Instant due(LocalDate day, DomainName domain, Instant now) {
        Instant end = day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().plus(GRACE);
        // A day closed late is spread anew, or a restart would send most of its reports at once.
        Instant start = now.isBefore(end.plus(GRACE)) ? end : now;
        return start.plusSeconds(Math.floorMod(hash(hostname + " " + day + " " + domain), SPREAD.toSeconds()));
    }

    private static long hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return java.nio.ByteBuffer.wrap(digest).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// Nothing is forgotten before it was sent or given up, however old it is.
    private void forget(LocalDate over) {
        LocalDate keptFrom = Stream.concat(
                        Stream.of(over.plusDays(1).minusDays(KEPT_DAYS)), plans.oldestWaiting().stream())
                .min(LocalDate::compareTo)
                .orElseThrow();
        boolean hasOlder =
                Stream.concat(sessions.days().stream(), plans.days().stream()).anyMatch(day -> day.isBefore(keptFrom));
        if (hasOlder) {
            sessions.forget(keptFrom);
            plans.forget(keptFrom);
        }
    }
}
