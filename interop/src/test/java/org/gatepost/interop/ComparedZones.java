// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.gatepost.interop.ZoneKey.combined;
import static org.gatepost.interop.ZoneKey.ksk;
import static org.gatepost.interop.ZoneKey.zsk;

import java.util.ArrayList;
import java.util.List;
import org.gatepost.interop.DnsView.Status;
import org.gatepost.interop.SignedZone.Validity;

/// The zones in which Gatepost and Unbound are compared.
final class ComparedZones {
    /// A DNSKEY set that no datagram holds.
    static final String MANY_KEYS = "many-keys.test";

    private static final List<Denial> DENIALS = List.of(Denial.NSEC, Denial.NSEC3, Denial.OPT_OUT);

    private ComparedZones() {}

    static List<SignedZone> all() {
        var zones = new ArrayList<SignedZone>();
        zones.add(SignedZone.of("", SigningTool.LDNS, Denial.NSEC, ksk(13), zsk(13)));
        zones.add(SignedZone.of("test", SigningTool.BIND, Denial.NSEC3, ksk(13), zsk(13)));
        zones.add(SignedZone.of("optout", SigningTool.KNOT, Denial.OPT_OUT, ksk(13), zsk(13)));
        zones.addAll(partners());
        zones.addAll(everyToolAndAlgorithm());
        zones.addAll(delegations());
        zones.addAll(RolloverZones.all());
        zones.addAll(BrokenZones.all());
        zones.addAll(keySets());
        zones.addAll(aliases());
        return zones;
    }

    /// What the aliases of other zones lead to.
    private static List<SignedZone> partners() {
        return List.of(
                SignedZone.of("signed.test", SigningTool.LDNS, Denial.NSEC, ksk(13), zsk(13)),
                SignedZone.unsigned("unsigned.test"),
                SignedZone.of("expired.test", SigningTool.LDNS, Denial.NSEC, ksk(13), zsk(13))
                        .valid(Validity.PAST)
                        .expecting(Status.BOGUS));
    }

    /// Each tool with each algorithm, and each tool with each kind of denial.
    private static List<SignedZone> everyToolAndAlgorithm() {
        var zones = new ArrayList<SignedZone>();
        for (var tool : SigningTool.ALL) {
            var turn = SigningTool.ALL.indexOf(tool);
            for (var algorithm : List.of(8, 10, 13, 14, 15, 16)) {
                var denial = DENIALS.get(turn++ % DENIALS.size());
                var name = "%s-%d-%s.test".formatted(tool.label(), algorithm, denial.label());
                zones.add(SignedZone.of(name, tool, denial, ksk(algorithm), zsk(algorithm))
                        .holding(ZoneContents.FULL_RECORDS, ZoneContents.FULL_QUESTIONS));
                zones.add(SignedZone.unsigned("insecure." + name).asking("deeper.nothing MX"));
                // With opt-out no NSEC3 record speaks of the name between, which exists for the delegation alone.
                zones.add(SignedZone.unsigned("low.hidden." + name));
            }
        }
        return zones;
    }

    /// Every way to be delegated, from a parent with each kind of denial.
    private static List<SignedZone> delegations() {
        var zones = new ArrayList<SignedZone>();
        for (var denial : DENIALS) {
            var tool = SigningTool.ALL.get(DENIALS.indexOf(denial));
            var parent = "parent-" + denial.label() + ".test";
            var child = SignedZone.of("child." + parent, SigningTool.LDNS, Denial.NSEC, combined(13));
            var bind = SignedZone.of("child." + parent, SigningTool.BIND, Denial.NSEC, combined(13));
            zones.add(SignedZone.of(parent, tool, denial, ksk(13), zsk(13)));
            zones.add(named("sha384", bind).delegatedBy(Spoiling.digest(4)));
            zones.add(named("sha1", bind).delegatedBy(Spoiling.digest(1)));
            zones.add(named("two-digests", bind).delegatedBy(ds -> ds));
            zones.add(named("wrong", child).delegatedBy(Spoiling::wrongDigest).expecting(Status.BOGUS));
            zones.add(named("wrong-beside", child).delegatedBy(Spoiling.beside(Spoiling::wrongDigest)));
            zones.add(named("strange-algorithm", child)
                    .delegatedBy(Spoiling::unknownAlgorithm)
                    .expecting(Status.INSECURE));
            zones.add(named("strange-digest", child)
                    .delegatedBy(Spoiling::unknownDigest)
                    .expecting(Status.INSECURE));
            zones.add(named("algorithm-beside", child).delegatedBy(Spoiling.beside(Spoiling::unknownAlgorithm)));
            zones.add(named("digest-beside", child).delegatedBy(Spoiling.beside(Spoiling::unknownDigest)));
            zones.add(named("unsigned", SignedZone.unsigned("child." + parent)));
            // Signed, but nobody vouches for it.
            zones.add(named("island", child).delegatedBy(ds -> List.of()).expecting(Status.INSECURE));
            zones.add(SignedZone.of("below.unsigned." + parent, SigningTool.LDNS, denial, combined(13))
                    .expecting(Status.INSECURE));
        }
        zones.add(SignedZone.unsigned("unsigned.optout"));
        zones.add(SignedZone.of("signed.optout", SigningTool.LDNS, Denial.NSEC3, ksk(15), zsk(15)));
        return zones;
    }

    private static SignedZone named(String label, SignedZone zone) {
        return zone.renamed(zone.name().replaceFirst("child", label));
    }

    /// Sets of keys as they are between rollovers.
    private static List<SignedZone> keySets() {
        var zones = new ArrayList<SignedZone>();
        for (var tool : SigningTool.ALL) {
            zones.add(SignedZone.of("combined-" + tool.label() + ".test", tool, Denial.NSEC3, combined(13)));
            zones.add(SignedZone.of(
                    "two-algorithms-" + tool.label() + ".test", tool, Denial.NSEC, ksk(8), zsk(8), ksk(13), zsk(13)));
            zones.add(SignedZone.of(
                    "one-vouched-" + tool.label() + ".test",
                    tool,
                    Denial.NSEC3,
                    ksk(14).withoutDs(),
                    zsk(14),
                    ksk(15),
                    zsk(15)));
        }
        zones.add(SignedZone.of(
                MANY_KEYS,
                SigningTool.BIND,
                Denial.NSEC3,
                ksk(8).withBits(4096),
                zsk(8),
                zsk(8).idle(),
                zsk(8).idle(),
                zsk(8).idle(),
                zsk(8).idle()));
        zones.add(SignedZone.of("long-key.test", SigningTool.LDNS, Denial.NSEC, ksk(10), zsk(10).withBits(4096)));
        zones.add(SignedZone.of("short-key.test", SigningTool.KNOT, Denial.NSEC, ksk(8), zsk(8).withBits(1024)));
        // A secure entry point needs no SEP flag (RFC 4034 §2.1.1).
        zones.add(SignedZone.of("no-sep.test", SigningTool.LDNS, Denial.NSEC, zsk(13).withDs()));
        zones.add(SignedZone.of("sha1-5.test", SigningTool.BIND, Denial.NSEC, ksk(5), zsk(5)));
        zones.add(SignedZone.of("sha1-7.test", SigningTool.LDNS, Denial.NSEC3, ksk(7), zsk(7)));
        return zones;
    }

    private static List<SignedZone> aliases() {
        var zones = new ArrayList<SignedZone>();
        for (var denial : DENIALS) {
            var tool = SigningTool.ALL.get((DENIALS.indexOf(denial) + 1) % SigningTool.ALL.size());
            zones.add(SignedZone.of("aliases-" + denial.label() + ".test", tool, denial, ksk(13), zsk(13))
                    .and("a1 CNAME a2", "a2 CNAME a3", "a3 CNAME a4", "a4 CNAME a5", "a5 CNAME a6", "a6 CNAME www")
                    .and("loop1 CNAME loop2", "loop2 CNAME loop1", "self CNAME self")
                    .and("out-and-in CNAME back.signed-too.test.")
                    .and("d1 DNAME d2", "d2 DNAME d3", "www.d3 A 192.0.2.3", "*.d3 TXT \"wild below a moved name\"")
                    .and("into-ring CNAME www.ring", "ring DNAME ring2", "ring2 DNAME ring")
                    .and("*.to-dname CNAME www.d1", "*.both.ent CNAME nothing")
                    .asking("a1 A AAAA", "a3 TXT", "loop1 A", "self A", "out-and-in A", "www.d1 A", "x.d1 TXT A")
                    .asking("into-ring A", "x.to-dname A", "x.both.ent A", "ent A", "a.b.d1 TXT"));
        }
        zones.add(SignedZone.of("signed-too.test", SigningTool.KNOT, Denial.NSEC3, ksk(15), zsk(15))
                .and("back CNAME www.aliases-nsec.test."));
        zones.add(SignedZone.of("apex-dname.test", SigningTool.BIND, Denial.NSEC, ksk(13), zsk(13))
                .holding(List.of("@ DNAME signed.test.", "@ MX 10 mx.signed.test."), ZoneContents.BRIEF_QUESTIONS));
        return zones;
    }
}
