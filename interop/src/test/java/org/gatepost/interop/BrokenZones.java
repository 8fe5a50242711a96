// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.gatepost.interop.ZoneKey.combined;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.gatepost.interop.DnsView.Status;
import org.gatepost.interop.SignedZone.Validity;

/// Zones that should not be as they are, and those at the limit of what may be.
final class BrokenZones {
    private BrokenZones() {}

    static List<SignedZone> all() {
        var zones = new ArrayList<SignedZone>();
        for (var tool : SigningTool.ALL) {
            var denial = tool == SigningTool.KNOT ? Denial.NSEC3 : Denial.NSEC;
            zones.add(SignedZone.of("past-" + tool.label() + ".test", tool, denial, combined(13))
                    .valid(Validity.PAST)
                    .expecting(Status.BOGUS));
            zones.add(SignedZone.of("future-" + tool.label() + ".test", tool, denial, combined(13))
                    .valid(Validity.FUTURE)
                    .expecting(Status.BOGUS));
        }
        zones.addAll(forged());
        zones.addAll(denials());
        zones.addAll(iterations());
        return zones;
    }

    private static List<SignedZone> forged() {
        return List.of(
                spoilt("no-signature", Spoiling.without(line -> line.signs("www.no-signature.test.", "A")))
                        .expecting(Status.BOGUS),
                spoilt("no-signatures", Spoiling.without(line -> line.type().equals("RRSIG")))
                        .expecting(Status.BOGUS),
                spoilt("unsigned-keys", Spoiling.without(line -> line.covers().equals("DNSKEY")))
                        .expecting(Status.BOGUS),
                spoilt(
                                "altered",
                                Spoiling.replacing(
                                        "192.0.2.1", "192.0.2.66", line -> line.is("www.altered.test.", "A")))
                        .expecting(Status.BOGUS),
                spoilt(
                        "altered-tlsa",
                        Spoiling.replacing("0011", "0012", line -> line.type().equals("TLSA"))),
                spoilt(
                        "altered-exchange",
                        Spoiling.replacing("mx.", "www.", line -> line.type().equals("MX"))),
                spoilt(
                        "altered-alias",
                        Spoiling.replacing("mx.", "www.", line -> line.type().equals("CNAME"))),
                spoilt(
                        "altered-wildcard",
                        Spoiling.replacing("any", "all", line -> line.type().equals("TXT"))),
                spoilt("one-more", Spoiling.adding("www.one-more.test. 300 IN A 192.0.2.66"))
                        .expecting(Status.BOGUS),
                spoilt("smuggled", Spoiling.adding("smuggled.smuggled.test. 300 IN A 192.0.2.66"))
                        .asking("smuggled A AAAA"),
                spoilt(
                                "signer",
                                Spoiling.replacing(
                                        " signer.test. ",
                                        " test. ",
                                        line -> line.covers().equals("A")))
                        .expecting(Status.BOGUS),
                spoilt(
                                "more-labels",
                                Spoiling.replacing(
                                        "A 13 3 ",
                                        "A 13 2 ",
                                        line -> line.covers().equals("A")))
                        .expecting(Status.BOGUS));
    }

    private static List<SignedZone> denials() {
        return List.of(
                spoilt("no-denial", Spoiling.without(ZoneLine::isDenial)),
                hashed("no-hashed-denial", Spoiling.without(ZoneLine::isDenial)),
                hashed(
                        "no-hashed-records",
                        Spoiling.without(line ->
                                line.type().equals("NSEC3") || line.covers().equals("NSEC3"))),
                spoilt("unsigned-denial", Spoiling.without(line -> line.covers().equals("NSEC"))),
                hashed(
                        "unsigned-hashed-denial",
                        Spoiling.without(line -> line.covers().equals("NSEC3"))),
                spoilt("unsigned-soa", Spoiling.without(line -> line.covers().equals("SOA"))),
                hashed(
                        "unsigned-soa-hashed",
                        Spoiling.without(line -> line.covers().equals("SOA"))),
                spoilt(
                        "altered-soa",
                        Spoiling.replacing(
                                " 1209600 300",
                                " 1209600 299",
                                line -> line.type().equals("SOA"))),
                spoilt(
                        "altered-types",
                        Spoiling.replacing(
                                " A RRSIG", " A AAAA RRSIG", line -> line.type().equals("NSEC"))),
                hashed(
                        "altered-hashed-types",
                        Spoiling.replacing(
                                " A RRSIG", " RRSIG", line -> line.type().equals("NSEC3"))),
                spoilt(
                        "gap",
                        Spoiling.without(
                                line -> line.is("mx.gap.test.", "NSEC") || line.signs("mx.gap.test.", "NSEC"))));
    }

    /// RFC 9276 §3.2; both programs draw the line at 150. BIND's signer refuses more.
    private static List<SignedZone> iterations() {
        var zones = new ArrayList<SignedZone>();
        for (var count : List.of(1, 50, 100, 149, 150, 151, 500, 2500)) {
            zones.add(SignedZone.of(
                    "iterations-" + count + ".test", SigningTool.LDNS, Denial.iterated(count), combined(13)));
        }
        zones.add(SignedZone.of("bind-150.test", SigningTool.BIND, Denial.iterated(150), combined(13)));
        zones.add(SignedZone.of("knot-150.test", SigningTool.KNOT, Denial.iterated(150), combined(13)));
        zones.add(SignedZone.of("knot-151.test", SigningTool.KNOT, Denial.iterated(151), combined(13)));
        zones.add(SignedZone.unsigned("unsigned.iterations-100.test"));
        zones.add(SignedZone.unsigned("unsigned.iterations-500.test"));
        zones.add(SignedZone.of("signed.iterations-500.test", SigningTool.LDNS, Denial.NSEC, combined(13)));
        return zones;
    }

    private static SignedZone spoilt(String label, UnaryOperator<List<ZoneLine>> spoiling) {
        return SignedZone.of(label + ".test", SigningTool.LDNS, Denial.NSEC, combined(13))
                .spoiltBy(spoiling);
    }

    private static SignedZone hashed(String label, UnaryOperator<List<ZoneLine>> spoiling) {
        return SignedZone.of(label + ".test", SigningTool.LDNS, Denial.NSEC3, combined(13))
                .spoiltBy(spoiling);
    }
}
