// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.gatepost.interop.ZoneKey.combined;
import static org.gatepost.interop.ZoneKey.ksk;
import static org.gatepost.interop.ZoneKey.zsk;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.gatepost.interop.DnsView.Status;

/// A zone for each phase of each key rollover of RFC 6781 §4.1; and some that went wrong.
final class RolloverZones {
    private RolloverZones() {}

    static List<SignedZone> all() {
        var zones = new ArrayList<SignedZone>();
        keys().forEach((name, keys) -> {
            // Each tool in turn, and each kind of denial.
            var tool = SigningTool.ALL.get(zones.size() % SigningTool.ALL.size());
            var denial = zones.size() % 2 == 0 ? Denial.NSEC : Denial.NSEC3;
            zones.add(zone(name, tool, denial, keys));
        });
        // Knot rolls algorithms this way by itself.
        conservatively().forEach((name, keys) -> zones.add(zone(name, SigningTool.KNOT, Denial.NSEC3, keys)));
        liberally().forEach((name, keys) -> zones.add(zone(name, SigningTool.LDNS, Denial.NSEC, keys)));
        failures()
                .forEach((name, keys) -> zones.add(
                        SignedZone.of(name + ".test", SigningTool.LDNS, Denial.NSEC, keys.toArray(ZoneKey[]::new))
                                .expecting(Status.BOGUS)));
        return zones;
    }

    private static SignedZone zone(String name, SigningTool tool, Denial denial, List<ZoneKey> keys) {
        return SignedZone.of(name + "-" + tool.label() + ".test", tool, denial, keys.toArray(ZoneKey[]::new));
    }

    private static Map<String, List<ZoneKey>> keys() {
        var phases = new LinkedHashMap<String, List<ZoneKey>>();
        // §4.1.1.1, pre-publish
        phases.put("zsk-published", List.of(ksk(13), zsk(13), zsk(13).idle()));
        phases.put("zsk-switched", List.of(ksk(13), zsk(13).idle(), zsk(13)));
        phases.put("zsk-removed", List.of(ksk(13), zsk(13)));
        // §4.1.1.2, double signature
        phases.put("zsk-double", List.of(ksk(15), zsk(15), zsk(15)));
        // §4.1.2, double signature; with both DS records at once it is the double-RRset method
        phases.put("ksk-added", List.of(ksk(13), ksk(13).withoutDs(), zsk(13)));
        phases.put("ksk-both-ds", List.of(ksk(13), ksk(13), zsk(13)));
        phases.put("ksk-new-ds", List.of(ksk(13).withoutDs(), ksk(13), zsk(13)));
        phases.put("ksk-removed", List.of(ksk(13), zsk(13)));
        // §4.1.2, double DS
        phases.put("ds-added", List.of(ksk(14), ksk(14).outOfZone(), zsk(14)));
        phases.put("ds-switched", List.of(ksk(14).outOfZone(), ksk(14), zsk(14)));
        // §4.1.3, one key for everything
        phases.put("combined-added", List.of(combined(13), combined(13).withoutDs()));
        phases.put("combined-new-ds", List.of(combined(13).withoutDs(), combined(13)));
        return phases;
    }

    /// §4.1.4: signatures before keys, keys before the DS record, and back.
    private static Map<String, List<ZoneKey>> conservatively() {
        var phases = new LinkedHashMap<String, List<ZoneKey>>();
        phases.put("algorithm-signatures", List.of(ksk(8), zsk(8), newKsk().unpublished(), zsk(13).unpublished()));
        phases.put("algorithm-keys", List.of(ksk(8), zsk(8), newKsk(), zsk(13)));
        phases.put("algorithm-both-ds", List.of(ksk(8), zsk(8), ksk(13), zsk(13)));
        phases.put("algorithm-ds", List.of(ksk(8).withoutDs(), zsk(8), ksk(13), zsk(13)));
        phases.put(
                "algorithm-keys-gone",
                List.of(ksk(8).withoutDs().unpublished(), zsk(8).unpublished(), ksk(13), zsk(13)));
        phases.put("algorithm-done", List.of(ksk(13), zsk(13)));
        return phases;
    }

    /// §4.1.4: keys before signatures, which validators take too (RFC 6840 §5.11).
    private static Map<String, List<ZoneKey>> liberally() {
        var phases = new LinkedHashMap<String, List<ZoneKey>>();
        phases.put("liberal-keys", List.of(ksk(10), zsk(10), newKsk().idle(), zsk(13).idle()));
        phases.put("liberal-ds", List.of(ksk(10).idle().withoutDs(), zsk(10).idle(), ksk(13), zsk(13)));
        return phases;
    }

    private static ZoneKey newKsk() {
        return ksk(13).withoutDs();
    }

    private static Map<String, List<ZoneKey>> failures() {
        return Map.of(
                "zsk-switched-too-early", List.of(ksk(13), zsk(13).idle(), zsk(13).unpublished()),
                "ksk-removed-too-early", List.of(ksk(13).outOfZone(), ksk(13).withoutDs(), zsk(13)),
                "ds-for-an-idle-key", List.of(ksk(13).idle(), ksk(13).withoutDs(), zsk(13)),
                "ds-of-an-algorithm-too-early", List.of(ksk(8).withoutDs(), zsk(8), ksk(13).outOfZone()),
                "data-unsigned-in-the-only-algorithm", List.of(ksk(13), zsk(13).idle(), zsk(15).unpublished()));
    }
}
