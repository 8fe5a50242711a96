// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAccessor;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The time that a report covers (RFC 8460 §4.1, §4.4), from the many ways to write it.
///
/// @param start its first instant
/// @param end its last second
record ReportDates(Instant start, Instant end) {
    private static final Pattern UTC_TIME = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?Z");
    private static final Pattern SECONDS = Pattern.compile("[0-9]{9,10}");
    private static final Pattern DAY = Pattern.compile("([0-9]{4}-[0-9]{2}-[0-9]{2})([^0-9].*)?");

    private static final DateTimeFormatter LENIENT = new DateTimeFormatterBuilder()
            .parseCaseInsensitive()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .optionalStart()
            .appendPattern("['T'][ ]HH:mm[:ss]")
            .optionalStart()
            .appendFraction(java.time.temporal.ChronoField.NANO_OF_SECOND, 0, 9, true)
            .optionalEnd()
            .optionalStart()
            .appendPattern("[ ]")
            .optionalEnd()
            .appendPattern("[XXX][XX][X]")
            .optionalEnd()
            .toFormatter(Locale.ROOT);

    /// Takes the range, else one end of it, else the day that the report's id begins with.
    static ReportDates of(Field root, String reportId) throws NoReportException {
        Field range = root.member(FieldNames.DATE_RANGE);
        // Flat reports hold the two beside the others.
        Field holder = range.hasMembers() ? range : root;
        if (!range.hasMembers()) {
            range.note(
                    "an object with " + FieldNames.START + " and " + FieldNames.END + " is expected (RFC 8460 §4.4)");
        }
        Optional<Instant> start = instant(holder, FieldNames.START, false);
        Optional<Instant> end = instant(holder, FieldNames.END, true);
        if (start.isEmpty() && end.isEmpty()) {
            Instant day = day(reportId)
                    .orElseThrow(() ->
                            new NoReportException(range.place(), "no time that the report is about (RFC 8460 §4.4)"));
            range.note("no time; the day is taken from the report-id");
            return new ReportDates(day, lastSecond(day));
        }
        Instant first = start.orElseGet(() -> end.orElseThrow().truncatedTo(ChronoUnit.DAYS));
        return ordered(range, first, end.orElseGet(() -> lastSecond(first)));
    }

    private static ReportDates ordered(Field range, Instant start, Instant end) {
        if (end.isBefore(start)) {
            range.note("ends before it starts; taken as the first day");
            return new ReportDates(start, lastSecond(start));
        }
        if (Duration.between(start, end).compareTo(Duration.ofDays(1)) > 0) {
            range.note("covers more than a day (RFC 8460 §4.1)");
        }
        boolean midnight = end.equals(end.truncatedTo(ChronoUnit.DAYS)) && end.isAfter(start);
        if (midnight) {
            range.member(FieldNames.END).note("the last second of the day is expected, 23:59:59 (RFC 8460 §4.4)");
        }
        return new ReportDates(start, midnight ? end.minusSeconds(1) : end);
    }

    private static Instant lastSecond(Instant time) {
        return time.truncatedTo(ChronoUnit.DAYS).plus(1, ChronoUnit.DAYS).minusSeconds(1);
    }

    private static Optional<Instant> instant(Field holder, String name, boolean end) {
        if (!holder.has(name)) {
            holder.member(name).note("missing (RFC 8460 §4.4)");
            return Optional.empty();
        }
        return holder.text(name).flatMap(text -> noted(holder.member(name), text, end));
    }

    private static Optional<Instant> noted(Field field, String text, boolean end) {
        Optional<Instant> time = parse(text, end).filter(ReportDates::plausible);
        if (time.isEmpty()) {
            field.note("not a time (RFC 3339 §5.6): " + Printable.line(text, 40));
        } else if (!UTC_TIME.matcher(text).matches()) {
            field.note("not a time in UTC with Z (RFC 3339 §5.6): " + Printable.line(text, 40));
        }
        return time;
    }

    private static boolean plausible(Instant time) {
        return time.isAfter(Instant.EPOCH) && time.isBefore(Instant.ofEpochSecond(253_402_300_800L));
    }

    private static Optional<Instant> parse(String text, boolean end) {
        if (SECONDS.matcher(text).matches()) {
            return Optional.of(Instant.ofEpochSecond(Long.parseLong(text)));
        }
        if (text.length() > 60) {
            return Optional.empty();
        }
        try {
            TemporalAccessor parsed =
                    LENIENT.parseBest(text, OffsetDateTime::from, LocalDateTime::from, LocalDate::from);
            return Optional.of(
                    switch (parsed) {
                        case OffsetDateTime time -> time.toInstant();
                        case LocalDateTime time -> time.toInstant(ZoneOffset.UTC);
                        case LocalDate day
                        when end -> lastSecond(day.atStartOfDay().toInstant(ZoneOffset.UTC));
                        default -> LocalDate.from(parsed).atStartOfDay().toInstant(ZoneOffset.UTC);
                    });
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Optional<Instant> day(String reportId) {
        Matcher day = DAY.matcher(reportId);
        return day.matches() ? parse(day.group(1), false).filter(ReportDates::plausible) : Optional.empty();
    }
}
