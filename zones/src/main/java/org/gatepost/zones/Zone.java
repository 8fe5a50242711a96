// SPDX-License-Identifier: Apache-2.0
package org.gatepost.zones;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/// One zone: its records by name and type, and, when it is signed, their signatures and the chain of
/// NSEC records (RFC 4034 §4).
///
/// Signatures are made when they are first asked for, so that a world of many zones starts at once.
/// Safe for use by many threads.
final class Zone {
    /// Seconds; short, because tests and scenarios change what the world says.
    static final long TTL = 300;

    private final Name origin;
    private final Optional<ZoneKey> key;
    private final Validity validity;

    // Ordered as RFC 4034 §6.1 asks, which is how Name compares.
    private final NavigableMap<Name, Map<Integer, RRset>> nodes = new TreeMap<>();
    private final Map<String, RRset> signed = new ConcurrentHashMap<>();

    private final Optional<HashedDenials> hashed;

    /// @param style for signed zones only
    Zone(Name origin, Optional<ZoneKey> key, Validity validity, Collection<Record> records, DenialStyle style) {
        this.origin = origin;
        this.key = key;
        this.validity = validity;
        put(soa());
        key.ifPresent(k -> put(k.record()));
        records.forEach(this::put);
        if (key.isPresent() && style == DenialStyle.NSEC) {
            chain();
        }
        this.hashed = key.isPresent() && style != DenialStyle.NSEC
                ? Optional.of(new HashedDenials(origin, typesByName(), style == DenialStyle.NSEC3_OPT_OUT))
                : Optional.empty();
    }

    private void put(Record record) {
        nodes.computeIfAbsent(record.getName(), _ -> new LinkedHashMap<>())
                .computeIfAbsent(record.getType(), _ -> new RRset())
                .addRR(record);
    }

    private SOARecord soa() {
        Name server = concatenate("ns", origin);
        Name admin = concatenate("hostmaster", origin);
        return new SOARecord(origin, DClass.IN, TTL, server, admin, 1, 3600, 600, 86400, TTL);
    }

    static Name concatenate(String label, Name parent) {
        try {
            return Name.fromString(label, parent);
        } catch (org.xbill.DNS.TextParseException e) {
            throw new IllegalArgumentException("the name below " + parent + " is too long", e);
        }
    }

    private void chain() {
        List<Name> names = new ArrayList<>(nodes.keySet());
        for (int i = 0; i < names.size(); i++) {
            Name next = names.get((i + 1) % names.size());
            put(new NSECRecord(names.get(i), DClass.IN, TTL, next, types(names.get(i))));
        }
    }

    private Map<Name, Set<Integer>> typesByName() {
        var types = new LinkedHashMap<Name, Set<Integer>>();
        nodes.forEach((name, sets) -> types.put(name, Set.copyOf(sets.keySet())));
        return types;
    }

    private int[] types(Name name) {
        List<Integer> types = new ArrayList<>(node(name).keySet());
        types.add(Type.RRSIG);
        types.add(Type.NSEC);
        return types.stream().mapToInt(Integer::intValue).toArray();
    }

    Name origin() {
        return origin;
    }

    Optional<ZoneKey> key() {
        return key;
    }

    private Map<Integer, RRset> node(Name name) {
        return nodes.getOrDefault(name, Map.of());
    }

    Optional<RRset> find(Name name, int type) {
        return Optional.ofNullable(node(name).get(type)).map(set -> sign(set, validity));
    }

    /// The DNAME at a name above, in whose place this name then stands.
    Optional<RRset> redirection(Name name) {
        for (Name above = name; !above.equals(origin); ) {
            above = new Name(above, 1);
            Optional<RRset> found = find(above, Type.DNAME);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /// Whether the name exists, if only because a name below it has records (RFC 4592 §2.2.2).
    boolean exists(Name name) {
        Name next = nodes.ceilingKey(name);
        return next != null && next.subdomain(name);
    }

    /// The longest existing name that the name lies below (RFC 4592 §3.3.1).
    Name closestEncloser(Name name) {
        Name encloser = name;
        while (!exists(encloser)) {
            encloser = new Name(encloser, 1);
        }
        return encloser;
    }

    RRset startOfAuthority() {
        return find(origin, Type.SOA).orElseThrow();
    }

    /// The NSEC record at the name, or the one whose span covers it, or what stands for it by NSEC3; empty
    /// when the zone is not signed.
    List<RRset> denial(Name name) {
        if (hashed.isPresent()) {
            return hashed.get().denial(name).stream()
                    .map(set -> sign(set, validity))
                    .toList();
        }
        Name owner = nodes.floorKey(name);
        return owner == null ? List.of() : find(owner, Type.NSEC).stream().toList();
    }

    /// The same records with signatures of another time.
    RRset sign(RRset set, Validity when) {
        // Above a zone cut only DS and NSEC are this zone's to sign (RFC 4035 §2.2).
        boolean delegation = set.getType() == Type.NS && !set.getName().equals(origin);
        if (key.isEmpty() || delegation) {
            return set;
        }
        String id = set.getName().canonicalize() + " " + set.getType() + " " + when.expiration();
        return signed.computeIfAbsent(id, _ -> {
            var both = new RRset();
            set.rrs(false).forEach(both::addRR);
            both.addRR(key.get().sign(both, when));
            return both;
        });
    }

    Validity validity() {
        return validity;
    }
}
