// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.gatepost.names.DomainName;
import org.gatepost.zones.DenialStyle;
import org.gatepost.zones.SignedWorld;
import org.gatepost.zones.Validity;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// A name space whose truth is known, with a zone that belongs to an attacker beside and below those attacked.
final class FuzzWorld {
    static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    static final Duration SIGNED_FOR = Duration.ofDays(2);

    /// The zones whose keys the attacker holds.
    static final List<DomainName> HOSTILE = List.of(DomainName.parse("evil.good.test"), DomainName.parse("evil.test"));

    /// Zones whose keys he does not hold.
    static final List<DomainName> VICTIMS = List.of(
            DomainName.parse("good.test"),
            DomainName.parse("sub.good.test"),
            DomainName.parse("test"),
            DomainName.ROOT);

    private static final int MOST_KEPT = 20_000;

    private static final List<String> RECORDS = List.of(
            "good.test. MX 10 mx.good.test.",
            "good.test. MX 20 mx.plain.test.",
            "good.test. TXT \"a\" \"b\"",
            "mx.good.test. A 127.0.0.5",
            "mx.good.test. A 127.0.0.6",
            "mx.good.test. AAAA ::1",
            "_25._tcp.mx.good.test. TLSA 3 1 1 " + "ab".repeat(32),
            "_25._tcp.mx.good.test. TLSA 2 1 1 " + "cd".repeat(32),
            "alias.good.test. CNAME mx.good.test.",
            "away.good.test. CNAME mx.plain.test.",
            "below.good.test. CNAME mx.sub.good.test.",
            "dangling.good.test. CNAME nothing.good.test.",
            "*.wild.good.test. A 127.0.0.7",
            "*.wild.good.test. TXT \"wild\"",
            "host.wild.good.test. A 127.0.0.8",
            "walias.good.test. CNAME any.wild.good.test.",
            "*.calias.good.test. CNAME mx.good.test.",
            "old.good.test. DNAME sub.good.test.",
            "deep.empty.good.test. A 127.0.0.9",
            "sub.good.test. TXT \"apex\"",
            "mx.sub.good.test. A 127.0.0.10",
            "_25._tcp.mx.sub.good.test. TLSA 3 1 1 " + "ef".repeat(32),
            "mx.plain.good.test. A 127.0.0.11",
            "mx.plain.test. A 127.0.0.12",
            "_25._tcp.mx.plain.test. TLSA 3 1 1 " + "01".repeat(32),
            "www.evil.good.test. A 127.0.0.66",
            "*.evil.good.test. A 127.0.0.66",
            "www.evil.test. A 127.0.0.66");

    /// What is asked, and how the true answer stands; with opt-out, in the third word where it differs. None is
    /// of a zone that the attacker may fill as he likes.
    private static final List<String> QUESTIONS = List.of(
            "mx.good.test A SECURE",
            "_25._tcp.mx.good.test TLSA SECURE",
            "good.test MX SECURE",
            "good.test TXT SECURE",
            "mx.good.test AAAA SECURE",
            "mx.good.test TLSA SECURE",
            "mx.good.test CNAME SECURE",
            "good.test A SECURE",
            "good.test SOA SECURE",
            "good.test DS SECURE",
            "good.test DNSKEY SECURE",
            "sub.good.test DS SECURE",
            "evil.good.test DS SECURE",
            "mx.good.test DS SECURE",
            "alias.good.test A SECURE",
            "alias.good.test CNAME SECURE",
            "alias.good.test TLSA SECURE",
            "below.good.test A SECURE",
            "dangling.good.test A SECURE INSECURE",
            "any.wild.good.test A SECURE INSECURE",
            "a.b.wild.good.test A SECURE INSECURE",
            "any.wild.good.test MX SECURE INSECURE",
            "host.wild.good.test A SECURE",
            "host.wild.good.test TXT SECURE",
            "walias.good.test A SECURE INSECURE",
            "any.calias.good.test A SECURE INSECURE",
            "mx.old.good.test A SECURE",
            "mx.old.good.test CNAME SECURE",
            "none.old.good.test A SECURE INSECURE",
            "old.good.test DNAME SECURE",
            "empty.good.test A SECURE",
            "none.good.test MX SECURE INSECURE",
            "a.none.good.test A SECURE INSECURE",
            "_25._tcp.none.good.test TLSA SECURE INSECURE",
            "_tcp.mx.good.test A SECURE",
            "mx.sub.good.test A SECURE",
            "_25._tcp.mx.sub.good.test TLSA SECURE",
            "none.sub.good.test A SECURE INSECURE",
            "sub.good.test MX SECURE",
            "sub.good.test TXT SECURE",
            "suc.good.test A SECURE INSECURE",
            "none.test A SECURE INSECURE",
            "none DS SECURE INSECURE",
            "mx.plain.good.test A INSECURE",
            "plain.good.test DS SECURE INSECURE",
            "mx.plain.test A INSECURE",
            "_25._tcp.mx.plain.test TLSA INSECURE",
            "none.plain.test A INSECURE",
            "away.good.test A INSECURE",
            "away.good.test TLSA INSECURE",
            "away.good.test CNAME SECURE");

    static final List<FuzzWorld> ALL =
            Stream.of(DenialStyle.values()).map(FuzzWorld::new).toList();

    /// Every name that owns something, is asked for, or might be claimed.
    static final List<Name> NAMES = names();

    final DenialStyle style;
    private final SignedWorld zones;
    private final List<Asked> questions;
    private final Map<List<Object>, RRSIGRecord> signedByAttacker = new ConcurrentHashMap<>();
    private final Map<WireQuestion, byte[]> replies = new ConcurrentHashMap<>();

    /// @param standing the status of the true answer
    record Asked(WireQuestion question, DnssecStatus standing) {}

    private FuzzWorld(DenialStyle style) {
        this.style = style;
        var builder = SignedWorld.builder(() -> NOW)
                .validity(new Validity(NOW.minus(SIGNED_FOR), NOW.plus(SIGNED_FOR)))
                .denial(style)
                .signedZone(DomainName.parse("good.test"))
                .signedZone(DomainName.parse("sub.good.test"))
                .unsignedZone(DomainName.parse("plain.good.test"))
                .unsignedZone(DomainName.parse("plain.test"));
        HOSTILE.forEach(builder::signedZone);
        RECORDS.forEach(builder::add);
        this.zones = builder.build();
        this.questions = QUESTIONS.stream().map(this::asked).toList();
    }

    List<Asked> questions() {
        return questions;
    }

    private Asked asked(String text) {
        String[] words = text.split(" ", -1);
        boolean differs = style == DenialStyle.NSEC3_OPT_OUT && words.length > 3;
        return new Asked(
                new WireQuestion(Name.fromConstantString(words[0] + "."), Type.value(words[1])),
                DnssecStatus.valueOf(words[differs ? 3 : 2]));
    }

    private static List<Name> names() {
        Set<String> names = Stream.concat(RECORDS.stream(), QUESTIONS.stream())
                .map(text -> text.substring(0, text.indexOf(' ')))
                .map(name -> name.endsWith(".") ? name : name + ".")
                .collect(Collectors.toCollection(java.util.LinkedHashSet::new));
        names.addAll(List.of(".", "test.", "evil.test.", "evil.good.test.", "plain.test.", "plain.good.test."));
        return names.stream().map(Name::fromConstantString).toList();
    }

    ValidationOptions options() {
        return ValidationOptions.of(TrustAnchor.builtIn()).withAnchors(List.of(zones.trustAnchor()));
    }

    /// The true reply, a copy for each caller.
    Message reply(WireQuestion question) {
        try {
            return new Message(replies.computeIfAbsent(question, this::octets));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] octets(WireQuestion question) {
        var query = new Message(0);
        query.getHeader().setFlag(Flags.RD);
        query.addRecord(Record.newRecord(question.name(), question.type(), DClass.IN), Section.QUESTION);
        query.addRecord(new org.xbill.DNS.OPTRecord(1232, 0, 0, org.xbill.DNS.ExtendedFlags.DO), Section.ADDITIONAL);
        return zones.reply(query.toWire()).orElseThrow();
    }

    /// The records signed by a hostile zone, whoever they belong to.
    List<Record> signedByAttacker(DomainName zone, Name signer, Record record) {
        if (signedByAttacker.size() > MOST_KEPT) {
            signedByAttacker.clear();
        }
        RRSIGRecord signature = signedByAttacker.computeIfAbsent(
                List.of(zone, signer, record), _ -> zones.signature(zone, signer, new RRset(record)));
        return List.of(record, signature);
    }

    /// What a victim's zone says of the absence of a name; nothing for names elsewhere.
    List<Record> denial(DomainName zone, Name name) {
        Name origin = Name.fromConstantString(zone.isRoot() ? "." : zone.ascii() + ".");
        if (!name.subdomain(origin)) {
            return List.of();
        }
        var records = new ArrayList<Record>();
        for (RRset set : zones.denial(zone, name)) {
            records.addAll(set.rrs(false));
            records.addAll(set.sigs());
        }
        return records;
    }

    /// What an honest validator's answer section holds: owner, type and data, in canonical form.
    Set<String> truth(WireQuestion question) {
        return facts(reply(question).getSection(Section.ANSWER));
    }

    static Set<String> facts(List<Record> records) {
        var facts = new ArrayList<String>();
        for (Record record : records) {
            if (record.getType() != Type.RRSIG) {
                facts.add(record.getName().canonicalize() + " " + Type.string(record.getType()) + " "
                        + java.util.HexFormat.of().formatHex(record.rdataToWireCanonical()));
            }
        }
        return Set.copyOf(facts);
    }
}
