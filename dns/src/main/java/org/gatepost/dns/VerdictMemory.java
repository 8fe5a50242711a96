// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Function;
import java.util.stream.Stream;
import org.xbill.DNS.Message;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;

/// Usable verdicts on questions of any type, each as long as its TTLs and signatures allow by the injected
/// clock, at most a quarter of an hour. What is bogus or could not be had is found out anew each time. Safe
/// for many threads.
final class VerdictMemory {
    private static final long LONGEST_SECONDS = 900;

    private final Cache<WireQuestion, Held> held;
    private final DenialMemory denials;
    private final InstantSource clock;

    private record Held(Verdict.Usable verdict, Instant since, Instant until) {}

    /// @param denials told of each secure denial
    VerdictMemory(int maximum, DenialMemory denials, InstantSource clock) {
        this.denials = denials;
        this.held = Caffeine.newBuilder().maximumSize(maximum).build();
        this.clock = clock;
    }

    /// The verdict held, its TTLs lowered by its age, or the one that `find` gives.
    Verdict verdict(WireQuestion question, Function<WireQuestion, Verdict> find) {
        Instant now = clock.instant();
        Held known = held.getIfPresent(question);
        if (known != null && now.isBefore(known.until()) && !now.isBefore(known.since())) {
            Verdict.Usable verdict = known.verdict();
            long age = Duration.between(known.since(), now).toSeconds();
            return new Verdict.Usable(verdict.status(), aged(verdict.message(), age), verdict.why());
        }
        Verdict found = find.apply(question);
        if (found instanceof Verdict.Usable usable) {
            Instant until = now.plusSeconds(seconds(usable, now));
            held.put(question, new Held(usable, now, until));
            if (usable.status() == DnssecStatus.SECURE) {
                denials.remember(usable.message(), until);
            }
        }
        return found;
    }

    private static long seconds(Verdict.Usable usable, Instant now) {
        return Stream.concat(
                        usable.message().getSection(Section.ANSWER).stream(),
                        usable.message().getSection(Section.AUTHORITY).stream())
                .mapToLong(record -> seconds(record, now))
                .reduce(LONGEST_SECONDS, Math::min);
    }

    private static long seconds(Record record, Instant now) {
        return switch (record) {
            // RFC 4035 §5.3.3
            case RRSIGRecord signature ->
                Math.min(
                        signature.getTTL(),
                        Math.max(0, Duration.between(now, signature.getExpire()).toSeconds()));
            // RFC 2308 §5
            case SOARecord soa -> Math.min(soa.getTTL(), soa.getMinimum());
            default -> record.getTTL();
        };
    }

    private static Message aged(Message message, long age) {
        if (age == 0) {
            return message;
        }
        var copy = new Message();
        copy.getHeader().setRcode(message.getRcode());
        for (int section : new int[] {Section.ANSWER, Section.AUTHORITY}) {
            message.getSection(section).forEach(record -> copy.addRecord(aged(record, age), section));
        }
        return copy;
    }

    /// The record with its TTL lowered.
    static Record aged(Record record, long age) {
        byte[] octets = record.toWire(Section.ANSWER);
        // Behind the name stand type and class, then the TTL (RFC 1035 §3.2.1).
        ByteBuffer.wrap(octets).putInt(record.getName().length() + 4, (int) Math.max(0, record.getTTL() - age));
        try {
            return Record.fromWire(octets, Section.ANSWER);
        } catch (IOException e) {
            throw new IllegalStateException("a record that was read cannot be read again", e);
        }
    }
}
