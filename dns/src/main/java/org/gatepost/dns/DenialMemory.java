// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// Puts the proofs of denials found secure lately before an upstream: a question that they deny is not asked
/// again. What it answers is validated as any upstream's reply is, so that a mistake here can cost a question and
/// never a wrong verdict.
///
/// Proofs with opt-out prove too little and are not kept; wildcards found to apply are not applied to other names
/// (RFC 8198 §5.3 leaves that open).
/// Holds the last 100 zones used, of each the last 200 proofs. Safe for many threads.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8198 RFC 8198 §5.1 and RFC 8198 §5.2: aggressive use of a validated cache
final class DenialMemory implements Upstream {
    private static final int MAX_ZONES = 100;
    private static final int MAX_PROOFS = 200;
    private static final InetSocketAddress NOBODY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final Upstream source;
    private final Anchors anchors;
    private final InstantSource clock;
    private final Cache<Name, Zone> zones =
            Caffeine.newBuilder().maximumSize(MAX_ZONES).build();

    /// @param source asked when nothing held denies the question
    /// @param anchors no zone speaks for names under an anchor nearer to them, or declared insecure
    DenialMemory(Upstream source, Anchors anchors, InstantSource clock) {
        this.source = source;
        this.anchors = anchors;
        this.clock = clock;
    }

    /// A record set, by owner and type.
    private record Key(Name owner, int type) {}

    private record Held(RRset set, Instant since, Instant until) {}

    /// What is held of one zone; guarded by itself.
    private static final class Zone extends LinkedHashMap<Key, Held> {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Held> eldest) {
            return size() > MAX_PROOFS;
        }
    }

    /// @param message of a secure verdict; each set in it may yet be by anyone
    /// @param until when the message may no longer be used (RFC 9077 §3: the zone's negative TTL bounds its proofs)
    void remember(Message message, Instant until) {
        Instant now = clock.instant();
        List<RRset> authority = message.getSectionRRsets(Section.AUTHORITY);
        if (authority.stream().noneMatch(set -> set.getType() == Type.SOA)) {
            return;
        }
        for (RRset set : authority) {
            boolean wanted = set.getType() == Type.SOA || isFullProof(set);
            if (wanted && !set.sigs().isEmpty()) {
                Zone zone = zones.get(set.sigs().getFirst().getSigner().canonicalize(), _ -> new Zone());
                synchronized (zone) {
                    var key = new Key(set.getName().canonicalize(), set.getType());
                    zone.remove(key);
                    zone.put(key, new Held(set, now, until));
                }
            }
        }
    }

    private static boolean isFullProof(RRset set) {
        return switch (set.first()) {
            case NSECRecord _ -> true;
            case NSEC3Record nsec3 -> nsec3.getFlags() == 0;
            default -> false;
        };
    }

    @Override
    public Reply ask(WireQuestion question, Lookup lookup) {
        if (lookup.mayUseCache()) {
            Optional<Message> denial = denial(question);
            if (denial.isPresent()) {
                lookup.usedCache();
                return new Reply.Received(denial.get(), NOBODY);
            }
        }
        return source.ask(question, lookup);
    }

    @Override
    public void close() {
        source.close();
    }

    /// By the nearest zone held, which for a DS record is one above its name.
    private Optional<Message> denial(WireQuestion question) {
        int skipped = question.type() == Type.DS && question.name().labels() > 1 ? 1 : 0;
        for (int cut = skipped; cut < question.name().labels(); cut++) {
            Name name = new Name(question.name(), cut).canonicalize();
            @Nullable Zone zone = zones.getIfPresent(name);
            if (zone != null) {
                return anchors.above(question.name()) instanceof Anchors.Start.Trusted(Name anchor, var _)
                                && name.subdomain(anchor)
                        ? denial(question, name, live(zone))
                        : Optional.empty();
            }
        }
        return Optional.empty();
    }

    private List<Held> live(Zone zone) {
        Instant now = clock.instant();
        synchronized (zone) {
            zone.values().removeIf(held -> !now.isBefore(held.until()) || now.isBefore(held.since()));
            return List.copyOf(zone.values());
        }
    }

    private Optional<Message> denial(WireQuestion question, Name zone, List<Held> held) {
        Optional<Held> soa =
                held.stream().filter(h -> h.set().first() instanceof SOARecord).findFirst();
        for (DenialProofs all : proofs(zone, held)) {
            List<Record> about = all.about(question.name());
            List<Held> chosen =
                    held.stream().filter(h -> about.contains(h.set().first())).toList();
            for (DenialProofs few : proofs(zone, chosen)) {
                OptionalInt rcode = rcode(few, question);
                if (soa.isPresent() && rcode.isPresent()) {
                    return Optional.of(message(
                            question,
                            rcode.getAsInt(),
                            Stream.concat(soa.stream(), chosen.stream()).toList()));
                }
            }
        }
        return Optional.empty();
    }

    private static OptionalInt rcode(DenialProofs proofs, WireQuestion question) {
        if (proofs.nameError(question.name()) instanceof Proof.Proven) {
            return OptionalInt.of(Rcode.NXDOMAIN);
        }
        return question.type() != Type.ANY && proofs.noData(question.name(), question.type()) instanceof Proof.Proven
                ? OptionalInt.of(Rcode.NOERROR)
                : OptionalInt.empty();
    }

    private static List<DenialProofs> proofs(Name zone, List<Held> held) {
        List<Record> records = held.stream().map(h -> h.set().first()).toList();
        List<NSECRecord> nsec = only(NSECRecord.class, records);
        List<NSEC3Record> nsec3 = only(NSEC3Record.class, records);
        return List.of(
                new NsecProofs(zone, nsec),
                new Nsec3Proofs(zone, nsec3, ValidationOptions.NSEC3_ITERATIONS, new WorkBudget(WorkLimits.STANDARD)));
    }

    private static <R extends Record> List<R> only(Class<R> kind, List<Record> records) {
        return records.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private Message message(WireQuestion question, int rcode, List<Held> sets) {
        Instant now = clock.instant();
        var message = new Message();
        message.getHeader().setFlag(Flags.QR);
        message.getHeader().setRcode(rcode);
        message.addRecord(Record.newRecord(question.name(), question.type(), DClass.IN), Section.QUESTION);
        for (Held held : sets) {
            long age = Duration.between(held.since(), now).toSeconds();
            Stream.concat(held.set().rrs(false).stream(), held.set().sigs().stream())
                    .forEach(record -> message.addRecord(VerdictMemory.aged(record, age), Section.AUTHORITY));
        }
        return message;
    }
}
