// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The zones of a small internet on disk, signed by NLnet Labs' ldns tools, each delegated from the one above.
///
/// @param folder where the zone files are
/// @param zones every zone served, the root among them
/// @param anchor the root's key as a DNSKEY line: the trust anchor
record ZoneTree(Path folder, List<Zone> zones, String anchor) {
    /// The name server of every zone; its address is glue in the root and in `test.`.
    private static final String NAME_SERVER = "ns.test.";

    ZoneTree {
        zones = List.copyOf(zones);
    }

    /// Writes and signs the zones; the deepest first, for each hands its DS to its parent.
    ///
    /// @param serverAddress of the one authoritative server
    /// @param zones must hold the root (empty name, signed) and `test`
    static ZoneTree sign(Scratch scratch, String serverAddress, List<Zone> zones) {
        var deepestFirst = zones.stream()
                .sorted(Comparator.comparingInt(Zone::labels).reversed())
                .toList();
        Map<Zone, List<String>> delegations = new HashMap<>();
        var anchor = "";
        for (var zone : deepestFirst) {
            var lines = new ArrayList<>(delegations.getOrDefault(zone, List.of()));
            if (zone.name().isEmpty() || zone.name().equals("test")) {
                lines.add("ns.test. A " + serverAddress);
            }
            var keys = writeAndSign(scratch, zone, lines);
            var parent = deepestFirst.stream()
                    .filter(candidate -> candidate.isAbove(zone))
                    .max(Comparator.comparingInt(Zone::labels));
            if (parent.isPresent()) {
                var delegation = delegations.computeIfAbsent(parent.get(), key -> new ArrayList<>());
                delegation.add(zone.origin() + " NS " + NAME_SERVER);
                delegation.addAll(keys.ds());
            } else {
                anchor = keys.dnskey();
            }
        }
        return new ZoneTree(scratch.folder(), zones, anchor);
    }

    /// No zones at all: a server of these refuses every question.
    ZoneTree withoutZones() {
        return new ZoneTree(folder, List.of(), "");
    }

    private record Keys(List<String> ds, String dnskey) {}

    private static Keys writeAndSign(Scratch scratch, Zone zone, List<String> delegations) {
        var text = new StringBuilder("$ORIGIN " + zone.origin() + "\n$TTL 300\n");
        text.append("@ SOA " + NAME_SERVER + " hostmaster.test. 1 7200 3600 1209600 300\n@ NS " + NAME_SERVER + "\n");
        zone.records().forEach(line -> text.append(line).append('\n'));
        delegations.forEach(line -> text.append(line).append('\n'));
        scratch.write(zone.file(), text.toString());
        return switch (zone.signing()) {
            case UNSIGNED -> new Keys(List.of(), "");
            case SIGNED -> signed(scratch, zone, "");
            case SIGNED_NSEC3 -> signed(scratch, zone, " -n -t 0");
            case EXPIRED_SIGNATURES -> signed(scratch, zone, " -i 20240101000000 -e 20240201000000");
            case WRONG_DS -> {
                var keys = signed(scratch, zone, "");
                yield new Keys(keys.ds().stream().map(ZoneTree::spoilDigest).toList(), keys.dnskey());
            }
        };
    }

    private static Keys signed(Scratch scratch, Zone zone, String options) {
        var key = Command.of(scratch, "ldns-keygen -a ECDSAP256SHA256 -k")
                .and(zone.origin())
                .mustSucceed();
        var validity = options.contains(" -e ") ? "" : " -e 20371231000000";
        Command.of(scratch, "ldns-signzone" + options + validity)
                .and("-f", zone.file() + ".signed", zone.file(), key)
                .mustSucceed();
        try {
            var file = scratch.path(zone.file() + ".signed");
            for (var line : zone.forged()) {
                Files.writeString(file, line + "\n", StandardOpenOption.APPEND);
            }
            Files.move(file, scratch.path(zone.file()), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Keys(
                List.of(Scratch.read(scratch.path(key + ".ds")).strip()),
                Scratch.read(scratch.path(key + ".key")).strip());
    }

    /// Changes the digest's last hexadecimal digit.
    private static String spoilDigest(String ds) {
        var last = ds.charAt(ds.length() - 1);
        return ds.substring(0, ds.length() - 1) + (last == '0' ? '1' : '0');
    }
}
