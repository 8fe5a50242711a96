// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.gatepost.names.DomainName;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/// Where validation starts: trusted keys by zone, and names below which nothing is validated.
///
/// @param insecure names declared to be unsigned
record Anchors(Map<Name, List<Record>> records, Set<Name> insecure) {
    Anchors {
        records = Map.copyOf(records);
        insecure = Set.copyOf(insecure);
    }

    /// What stands nearest above a name.
    sealed interface Start {
        /// @param records DS and DNSKEY records, at least one
        record Trusted(Name zone, List<Record> records) implements Start {}

        record DeclaredInsecure(Name name) implements Start {}

        record Nothing() implements Start {}
    }

    /// @throws IllegalArgumentException when a text is not a DS or DNSKEY record
    static Anchors of(ValidationOptions options) {
        var records = new HashMap<Name, List<Record>>();
        for (String text : options.anchors()) {
            Record record = parse(text);
            if (!(record instanceof DSRecord) && !(record instanceof DNSKEYRecord)) {
                throw new IllegalArgumentException("a trust anchor is a DS or DNSKEY record");
            }
            records.computeIfAbsent(record.getName(), _ -> new ArrayList<>()).add(record);
        }
        return new Anchors(
                records, options.insecureDomains().stream().map(Anchors::name).collect(Collectors.toUnmodifiableSet()));
    }

    private static Name name(DomainName name) {
        return name.isRoot() ? Name.root : Name.fromConstantString(name.ascii() + ".");
    }

    private static Record parse(String text) {
        var octets = new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
        try (var master = new Master(octets, Name.root, 3600)) {
            // Texts come from our own reading of the anchor file, or from tests, never from outside.
            master.disableIncludes();
            Record record = master.nextRecord();
            if (record == null) {
                throw new IllegalArgumentException("a trust anchor has a record");
            }
            return record;
        } catch (IOException e) {
            throw new IllegalArgumentException("a trust anchor is a record in zone-file form", e);
        }
    }

    /// The deepest start at the name or above it; where both stand at one name, insecure wins.
    Start above(Name name) {
        for (Name at = name; ; at = new Name(at, 1)) {
            if (insecure.contains(at)) {
                return new Start.DeclaredInsecure(at);
            }
            List<Record> trusted = records.get(at);
            if (trusted != null) {
                return new Start.Trusted(at, List.copyOf(trusted));
            }
            if (at.labels() == 1) {
                return new Start.Nothing();
            }
        }
    }
}
