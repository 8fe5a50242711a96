// SPDX-License-Identifier: Apache-2.0
package org.gatepost.zones;

import java.security.KeyPair;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/// A whole name space in memory: the root, top-level domains and every zone below, each signed or
/// not.
///
/// Immutable but for signatures, which are made when first asked for; safe for use by many threads.
///
/// @spec https://www.rfc-editor.org/rfc/rfc4035 RFC 4035 §2: zone signing
public final class SignedWorld {
    private final Map<Name, Zone> zones;

    private SignedWorld(Map<Name, Zone> zones) {
        this.zones = Map.copyOf(zones);
    }

    /// A builder that signs with ECDSA P-256, valid from an hour before the clock's now to 30 days
    /// after it.
    public static Builder builder(InstantSource clock) {
        return new Builder(Validity.around(clock));
    }

    /// The root's DS record in zone-file form, such as `. IN DS 12345 13 2 0A1B…`.
    public String trustAnchor() {
        var ds = zone(Name.root).key().orElseThrow().ds();
        return ". IN DS " + ds.rdataToString();
    }

    /// The reply to a query as [DnsServer] sends it over TCP, without a server.
    ///
    /// @return empty when the octets are no query
    public Optional<byte[]> reply(byte[] query) {
        return new Responder(this, new TamperingTable(), _ -> {}).reply(query, true);
    }

    /// The signature that the owner of a zone could make over any record set, of that zone or not, and in any
    /// zone's name: what a validator has to expect of a hostile zone.
    ///
    /// @throws IllegalArgumentException when there is no such signed zone
    public RRSIGRecord signature(DomainName zone, Name signer, RRset set) {
        Zone hostile = zone(DnsNames.of(zone));
        return hostile.key()
                .map(key -> key.inNameOf(signer).sign(set, hostile.validity()))
                .orElseThrow(() -> new IllegalArgumentException("zone " + zone + " is not signed"));
    }

    /// What a zone says of the absence of a name, whether or not it is absent: anyone can collect such proofs
    /// and show them in a wrong place.
    ///
    /// @throws IllegalArgumentException when there is no such zone, or the name does not lie in or below it
    public List<RRset> denial(DomainName zone, Name name) {
        Name origin = DnsNames.of(zone);
        if (!name.subdomain(origin)) {
            throw new IllegalArgumentException(name + " does not lie in zone " + zone);
        }
        return zone(origin).denial(name);
    }

    /// The deepest zone that the name lies in; for a DS record that is the zone above the cut (RFC
    /// 4035 §3.1.4.1).
    Zone zoneOf(Name name, int type) {
        Name start = type == Type.DS && name.labels() > 1 ? new Name(name, 1) : name;
        for (int cut = 0; cut < start.labels() - 1; cut++) {
            Zone zone = zones.get(new Name(start, cut));
            if (zone != null) {
                return zone;
            }
        }
        return zone(Name.root);
    }

    private Zone zone(Name origin) {
        Zone zone = zones.get(origin);
        if (zone == null) {
            throw new IllegalArgumentException("there is no zone " + origin);
        }
        return zone;
    }

    /// Collects zones and records. The root and the top-level domain of every zone come by
    /// themselves, signed. May be built several times: a zone keeps its key, so a later world
    /// continues an earlier one. Not for use by several threads.
    public static final class Builder {
        private final Map<Name, Optional<ZoneKey>> zones = new LinkedHashMap<>();
        private final List<Record> records = new ArrayList<>();
        private Validity validity;
        private final Map<Name, DenialStyle> styles = new LinkedHashMap<>();
        private SigningAlgorithm algorithm = SigningAlgorithm.ECDSAP256SHA256;
        private DenialStyle style = DenialStyle.NSEC;
        private Optional<KeyPair> shared = Optional.empty();

        private Builder(Validity validity) {
            this.validity = validity;
        }

        /// When the signatures of every zone hold.
        public Builder validity(Validity all) {
            validity = all;
            return this;
        }

        /// The algorithm of the zones that are added from now on.
        public Builder algorithm(SigningAlgorithm next) {
            algorithm = next;
            shared = Optional.empty();
            return this;
        }

        /// The zones that are added from now on share one key pair of the present algorithm: for worlds of so many
        /// zones that making their keys would take minutes.
        public Builder oneKeyPairForAll() {
            shared = Optional.of(algorithm.newKeyPair());
            return this;
        }

        /// How the zones that are added from now on deny; those that come by themselves are added with the
        /// first zone that needs them.
        public Builder denial(DenialStyle next) {
            style = next;
            return this;
        }

        /// A zone with a key of its own, and a DS record in the zone above when that is signed too.
        public Builder signedZone(DomainName origin) {
            return zone(origin, Optional.of(key(DnsNames.of(origin))));
        }

        /// A zone without signatures, which the zone above securely says of it.
        public Builder unsignedZone(DomainName origin) {
            return zone(origin, Optional.empty());
        }

        private Builder zone(DomainName origin, Optional<ZoneKey> key) {
            if (!origin.isRoot()) {
                ensure(DomainName.ROOT);
                ensure(DomainName.parse(origin.labels().getLast()));
            }
            styles.put(DnsNames.of(origin), style);
            zones.put(DnsNames.of(origin), key);
            return this;
        }

        private void ensure(DomainName origin) {
            styles.putIfAbsent(DnsNames.of(origin), style);
            zones.computeIfAbsent(DnsNames.of(origin), name -> Optional.of(key(name)));
        }

        private ZoneKey key(Name origin) {
            return ZoneKey.of(origin, algorithm, shared.orElseGet(algorithm::newKeyPair));
        }

        /// A record in zone-file form, such as `mx.example.test. 300 IN A 127.0.0.5`; names are
        /// absolute with or without trailing dot; the TTL and `IN` may be left out. It belongs to the
        /// deepest zone around its name.
        ///
        /// @throws IllegalArgumentException when the text is no record
        public Builder add(String record) {
            records.add(ZoneFileText.parse(record));
            return this;
        }

        /// An honest copy of what was added so far. Records of a type that a zone makes by itself
        /// (SOA, apex NS, DNSKEY, DS, NSEC, RRSIG) must not be added.
        public SignedWorld build() {
            ensure(DomainName.ROOT);
            var keys = new LinkedHashMap<>(zones);
            var contents = new LinkedHashMap<Name, List<Record>>();
            keys.keySet().forEach(origin -> contents.put(origin, new ArrayList<>()));
            records.forEach(record -> contentsAt(contents, record.getName()).add(record));
            keys.forEach((origin, key) -> delegate(contents, origin, key));
            var built = new LinkedHashMap<Name, Zone>();
            contents.forEach((origin, own) -> built.put(
                    origin,
                    new Zone(
                            origin,
                            keys.getOrDefault(origin, Optional.empty()),
                            validity,
                            own,
                            styles.getOrDefault(origin, DenialStyle.NSEC))));
            return new SignedWorld(built);
        }

        private void delegate(Map<Name, List<Record>> contents, Name origin, Optional<ZoneKey> key) {
            var server = new NSRecord(origin, DClass.IN, Zone.TTL, Zone.concatenate("ns", origin));
            contentsAt(contents, origin).add(server);
            if (!origin.equals(Name.root)) {
                List<Record> parent = contentsAt(contents, new Name(origin, 1));
                parent.add(server);
                key.ifPresent(k -> parent.add(k.ds()));
            }
        }

        private static List<Record> contentsAt(Map<Name, List<Record>> contents, Name name) {
            Name origin = name;
            while (true) {
                List<Record> found = contents.get(origin);
                if (found != null) {
                    return found;
                }
                origin = new Name(origin, 1);
            }
        }
    }
}
