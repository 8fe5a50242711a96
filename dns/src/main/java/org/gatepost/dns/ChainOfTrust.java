// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.gatepost.dns.ValidationReason.Kind;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/// Walks from a trust anchor down, label by label, to the zone that a name lies in.
///
/// At each label the zone above says by a signed DS set, or by its signed denial, whether another zone
/// begins there, and with which keys. What was proven is kept until TTLs or signatures end by the injected
/// clock, at most an hour; what proved broken in two tries, for half a minute. Those who
/// need the same step at the same time share it. Safe for many threads.
///
/// @spec https://www.rfc-editor.org/rfc/rfc4035 RFC 4035 §5.2
final class ChainOfTrust {
    private static final int MAX_KEPT = 20_000;

    private final Fetcher fetcher;
    private final ValidationOptions options;
    private final Anchors anchors;
    private final InstantSource clock;
    private final Cache<Name, Kept> kept =
            Caffeine.newBuilder().maximumSize(MAX_KEPT).build();
    private final SingleFlight<Name, Standing<ChainStep>> underWay = new SingleFlight<>();

    /// @throws IllegalArgumentException when an anchor is not a DS or DNSKEY record
    ChainOfTrust(Fetcher fetcher, ValidationOptions options, InstantSource clock) {
        this.fetcher = fetcher;
        this.options = options;
        this.anchors = Anchors.of(options);
        this.clock = clock;
    }

    private record Kept(Standing<ChainStep> step, Instant since, Instant until) {}

    /// A step and how long it may be reused.
    private record Proven(Standing<ChainStep> step, Instant until) {}

    SignatureCheck check(Lookup lookup) {
        return new SignatureCheck(options.algorithms(), clock.instant(), lookup.budget());
    }

    CheckedDenial denial(List<RRset> authority, ZoneKeys zone, Lookup lookup) {
        return CheckedDenial.of(authority, zone, check(lookup), options.nsec3Iterations());
    }

    boolean haveSameAnchor(Name one, Name other) {
        return anchors.above(one).equals(anchors.above(other));
    }

    /// The keys of the zone that `name` lies in, as far down as `lowest`, but not above the anchor nearest to
    /// `name`; insecure when that zone is unsigned.
    ///
    /// @param lowest `name` or a name above it: no deeper zone is looked for
    Standing<ZoneKeys> zoneOf(Name name, Name lowest, Lookup lookup) {
        return switch (anchors.above(name)) {
            case Anchors.Start.Nothing _ ->
                new Standing.Unanchored<>(
                        new ValidationReason(Kind.NO_ANCHOR, name, "no trust anchor stands above " + name));
            case Anchors.Start.DeclaredInsecure(Name at) ->
                new Standing.Insecure<>(new ValidationReason(
                        Kind.DECLARED_INSECURE, at, "the configuration declares " + at + " insecure"));
            case Anchors.Start.Trusted(Name zone, List<Record> records) ->
                step(zone, lookup, () -> enter(zone, records, Instant.MAX, lookup))
                        .then(step -> descend(lowest, step.keys().orElseThrow(), lookup));
        };
    }

    /// What the upstream cannot say of a name between is no matter if a zone further down has DS records by the zone
    /// proven so far: then that one is its parent. Nothing else is concluded, or kept, past such a gap.
    private Standing<ZoneKeys> descend(Name name, ZoneKeys top, Lookup lookup) {
        ZoneKeys zone = top;
        Optional<Standing<ZoneKeys>> gap = Optional.empty();
        for (int labels = top.zone().labels() + 1; labels <= name.labels(); labels++) {
            Name child = Names.suffix(name, labels);
            ZoneKeys parent = zone;
            Taking taking = () -> ask(child, parent, lookup);
            Standing<ChainStep> step = gap.isEmpty() ? step(child, lookup, taking) : taken(taking);
            if (!(step instanceof Standing.Secure<ChainStep>(ChainStep proof))) {
                return gap.orElseGet(() -> step.then(_ -> new Standing.Secure<>(parent)));
            }
            if (proof.nothingBelow()) {
                break;
            }
            zone = proof.keys().orElse(parent);
            gap = proof.keys().isPresent() ? Optional.empty() : gap.or(proof::gap);
        }
        return gap.orElse(new Standing.Secure<>(zone));
    }

    private static Standing<ChainStep> taken(Taking taking) {
        try {
            return taking.take().step();
        } catch (UnavailableException e) {
            return new Standing.Unknown<>(e.failure());
        }
    }

    /// How a step is taken that is not kept.
    private interface Taking {
        Proven take() throws UnavailableException;
    }

    private Standing<ChainStep> step(Name name, Lookup lookup, Taking taking) {
        Name key = name.canonicalize();
        if (!lookup.mayUseCache()) {
            return lookup.stepsTaken().computeIfAbsent(key, _ -> take(key, lookup, taking));
        }
        Optional<Standing<ChainStep>> known = known(key, lookup);
        if (known.isPresent()) {
            return known.get();
        }
        // Another may have ended just before this one begins.
        Supplier<Standing<ChainStep>> work = () -> known(key, lookup).orElseGet(() -> take(key, lookup, taking));
        return switch (underWay.get(key, lookup.deadline(), work)) {
            case SingleFlight.Outcome.Own<Standing<ChainStep>>(Standing<ChainStep> step) -> step;
            case SingleFlight.Outcome.Shared<Standing<ChainStep>>(Standing<ChainStep> step)
            when isProven(step) -> {
                lookup.usedCache();
                yield step;
            }
            // The other may have run out of time or budget, which says nothing of what this one can find.
            case SingleFlight.Outcome.Shared<Standing<ChainStep>> _ -> take(key, lookup, taking);
            case SingleFlight.Outcome.NotInTime<Standing<ChainStep>> _ -> take(key, lookup, taking);
        };
    }

    private Optional<Standing<ChainStep>> known(Name key, Lookup lookup) {
        Instant now = clock.instant();
        Kept known = kept.getIfPresent(key);
        if (known == null || !now.isBefore(known.until()) || now.isBefore(known.since())) {
            return Optional.empty();
        }
        if (known.step() instanceof Standing.Bogus<ChainStep>) {
            lookup.meetKnownFault();
        }
        lookup.usedCache();
        return Optional.of(known.step());
    }

    private static boolean isProven(Standing<ChainStep> step) {
        return switch (step) {
            case Standing.Secure<ChainStep>(ChainStep proof) -> proof.gap().isEmpty();
            case Standing.Insecure<ChainStep> _ -> true;
            case Standing.Bogus<ChainStep> _, Standing.Unknown<ChainStep> _, Standing.Unanchored<ChainStep> _ -> false;
        };
    }

    private Standing<ChainStep> take(Name name, Lookup lookup, Taking taking) {
        Instant now = clock.instant();
        boolean unspoilt = lookup.budget().isUnspoilt();
        try {
            Proven proven = taking.take();
            if (isProven(proven.step())) {
                kept.put(name, new Kept(proven.step(), now, proven.until()));
            }
            return switch (proven.step()) {
                case Standing.Bogus<ChainStep>(ValidationReason why) -> {
                    ValidationReason here = why.onTheWayTo(name);
                    if (unspoilt && !lookup.budget().ranOut()) {
                        lookup.foundFault(name, here);
                    }
                    yield new Standing.Bogus<>(here);
                }
                case Standing.Secure<ChainStep> _,
                        Standing.Insecure<ChainStep> _,
                        Standing.Unknown<ChainStep> _,
                        Standing.Unanchored<ChainStep> _ -> proven.step();
            };
        } catch (UnavailableException e) {
            return new Standing.Unknown<>(e.failure());
        }
    }

    /// Keeps for a while what proved broken (RFC 4035 §4.7), but for what has been proven since.
    void keepFaults(Map<Name, ValidationReason> faults) {
        Instant now = clock.instant();
        faults.forEach((name, why) -> kept.asMap()
                .compute(
                        name,
                        (_, known) -> known != null && now.isBefore(known.until()) && isProven(known.step())
                                ? known
                                : new Kept(new Standing.Bogus<>(why), now, now.plus(VerdictCache.BOGUS))));
    }

    /// Asks the zone above whether a zone begins at the name.
    private Proven ask(Name name, ZoneKeys parent, Lookup lookup) throws UnavailableException {
        Sections reply;
        try {
            reply = fetcher.sections(new WireQuestion(name, Type.DS), lookup);
        } catch (UnavailableException e) {
            return gap(new Standing.Unknown<>(e.failure()));
        }
        // A referral has them among its authorities (RFC 4035 §3.1.4), and so have answers that someone made of one.
        Optional<RRset> ds = reply.answer(name, Type.DS).or(() -> reply.authority(name, Type.DS));
        if (ds.isPresent()) {
            return byDs(name, ds.get(), parent, lookup);
        }
        Optional<RRset> alias = reply.answer(name, Type.CNAME).or(() -> dnameAbove(name, parent, reply));
        if (alias.isPresent()) {
            return byAlias(alias.get(), parent, reply, lookup);
        }
        return byDenial(name, denial(reply.authority(), parent, lookup));
    }

    /// An alias excludes a delegation at its name (RFC 1034 §3.6.2) and, if a DNAME, all names below.
    private Proven byAlias(RRset alias, ZoneKeys parent, Sections reply, Lookup lookup) {
        Standing<ChainStep> noCut = new Standing.Secure<>(ChainStep.noCut(alias.getType() == Type.DNAME));
        return switch (check(lookup).check(alias, parent)) {
            case Standing.Secure<RRSIGRecord>(RRSIGRecord signature)
            when signature.getLabels() < CanonicalForm.labels(alias.getName()) -> {
                // Made of a wildcard: where a zone begins, none stands in.
                CheckedDenial denial = denial(reply.authority(), parent, lookup);
                yield new Proven(
                        denial.expansion(alias.getName(), signature.getLabels()).then(_ -> noCut),
                        Expiry.earlier(denial.expires(), Expiry.of(alias, signature, clock.instant())));
            }
            case Standing.Secure<RRSIGRecord>(RRSIGRecord signature) ->
                new Proven(noCut, Expiry.of(alias, signature, clock.instant()));
            case Standing<RRSIGRecord> other -> new Proven(other.then(_ -> noCut), Instant.MIN);
        };
    }

    private static Optional<RRset> dnameAbove(Name name, ZoneKeys zone, Sections reply) {
        return reply.answer().stream()
                .filter(set -> set.getType() == Type.DNAME
                        && Names.isBelow(name, set.getName())
                        && set.getName().subdomain(zone.zone()))
                .findFirst();
    }

    private Proven byDs(Name name, RRset ds, ZoneKeys parent, Lookup lookup) throws UnavailableException {
        return switch (check(lookup).check(ds, parent)) {
            case Standing.Secure<RRSIGRecord>(var signature) ->
                enter(name, ds.rrs(false), Expiry.of(ds, signature, clock.instant()), lookup);
            case Standing<RRSIGRecord> other ->
                new Proven(other.then(_ -> new Standing.Secure<>(ChainStep.noCut(false))), Instant.MIN);
        };
    }

    /// Fetches a zone's keys and proves them by its DS records or anchors.
    private Proven enter(Name zone, List<Record> vouchers, Instant until, Lookup lookup) throws UnavailableException {
        var keyCheck = new KeySetCheck(options.algorithms(), check(lookup), zone);
        if (keyCheck.usable(vouchers).isEmpty()) {
            Instant soon = Expiry.earlier(until, clock.instant().plusSeconds(Expiry.LONGEST_SECONDS));
            return new Proven(new Standing.Insecure<>(keyCheck.unsupported(vouchers)), soon);
        }
        var question = new WireQuestion(zone, Type.DNSKEY);
        Optional<RRset> keys = fetcher.sections(question, lookup).answer(zone, Type.DNSKEY);
        if (keys.isEmpty()) {
            return new Proven(
                    new Standing.Bogus<>(new ValidationReason(
                            Kind.KEY_MISSING,
                            zone,
                            "the zone's DNSKEY records are missing in the reply to " + question)),
                    Instant.MIN);
        }
        Standing<ZoneKeys> proven = keyCheck.check(keys.get(), vouchers, until);
        Instant end = proven instanceof Standing.Secure<ZoneKeys>(ZoneKeys proof)
                ? proof.expires()
                : Expiry.earlier(until, clock.instant().plusSeconds(Expiry.LONGEST_SECONDS));
        return new Proven(proven.then(proof -> new Standing.Secure<>(ChainStep.into(proof))), end);
    }

    private static Proven gap(Standing<ZoneKeys> why) {
        return new Proven(new Standing.Secure<>(ChainStep.gap(why)), Instant.MIN);
    }

    private static Proven byDenial(Name name, CheckedDenial denial) {
        Standing<ChainStep> step = switch (denial.delegation(name)) {
            case Delegation.None _ -> new Standing.Secure<>(ChainStep.noCut(false));
            case Delegation.NothingBelow _ -> new Standing.Secure<>(ChainStep.noCut(true));
            case Delegation.Unsigned(Kind kind) ->
                new Standing.Insecure<>(CheckedDenial.unsigned(kind, denial.zone(), name));
            case Delegation.Unproven _ ->
                new Standing.Secure<>(ChainStep.gap(
                        new Standing.Bogus<>(denial.unproven(Kind.DENIAL_UNPROVEN, name + " has no DS record")
                                .onTheWayTo(name))));
        };
        return new Proven(step, denial.expires());
    }
}
