// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;

/// The zones as files for NSD: the root and `test.` signed, below them a zone for each destination, signed where DANE
/// is. Signed by NLnet Labs' ldns tools, each zone with a key of its own.
///
/// @param origins of all zones, with trailing dot; the file of one is [#file]
/// @param anchor the root's DNSKEY
record ZoneFiles(Path folder, List<String> origins, String anchor) {
    private static final int TTL = 3600;

    ZoneFiles {
        origins = List.copyOf(origins);
    }

    /// @param tlsa hexadecimal SHA-256 of the MX hosts' public key
    static ZoneFiles write(Path folder, List<Destination> destinations, String tlsa, RelayInternet.Addresses addresses)
            throws IOException, InterruptedException {
        Map<String, List<String>> zones = new TreeMap<>();
        var unsignedHosts = new ArrayList<String>();
        for (Destination destination : destinations) {
            zones.put(destination.domain() + ".", records(destination, tlsa, addresses));
            if (!destination.host().endsWith("." + destination.domain())) {
                unsignedHosts.add(destination.host() + ". A " + destination.address());
            }
        }
        zones.put("mxhost.test.", unsignedHosts);
        var signed = destinations.stream()
                .filter(destination -> destination.protection().isSigned())
                .map(destination -> destination.domain() + ".")
                .toList();
        for (var zone : zones.entrySet()) {
            write(folder, zone.getKey(), zone.getValue());
        }
        var top = new ArrayList<String>();
        top.add("ns.test. A " + addresses.authority());
        zones.keySet().forEach(origin -> top.add(origin + " NS ns.test."));
        for (Key key : signAll(folder, signed)) {
            top.add(key.ds());
        }
        write(folder, "test.", top);
        var root = List.of(
                "test. NS ns.test.",
                "ns.test. A " + addresses.authority(),
                sign(folder, "test.").ds());
        write(folder, ".", root);
        String anchor = sign(folder, ".").dnskey();
        var origins = new ArrayList<>(zones.keySet());
        origins.addAll(List.of("test.", "."));
        return new ZoneFiles(folder, origins, anchor);
    }

    Path file(String origin) {
        return file(folder, origin);
    }

    private static Path file(Path folder, String origin) {
        return folder.resolve(origin.equals(".") ? "root" : origin);
    }

    private static List<String> records(Destination destination, String tlsa, RelayInternet.Addresses addresses) {
        var records = new ArrayList<String>();
        records.add("@ MX 10 " + destination.host() + ".");
        if (destination.host().endsWith("." + destination.domain())) {
            records.add(destination.host() + ". A " + destination.address());
        }
        if (destination.protection().isSigned()) {
            String digest = destination.protection().isControl() ? "00".repeat(32) : tlsa;
            records.add("_25._tcp." + destination.host() + ". TLSA 3 1 1 " + digest);
        }
        if (destination.protection().hasStsPolicy()) {
            records.add("_mta-sts TXT \"v=STSv1; id=1\"");
            records.add(destination.policyHost() + ". A " + addresses.policies());
        }
        return records;
    }

    private static void write(Path folder, String origin, List<String> records) throws IOException {
        Files.writeString(
                file(folder, origin),
                "$ORIGIN %s\n$TTL %d\n@ SOA ns.test. hostmaster.test. 1 7200 3600 1209600 %2$d\n@ NS ns.test.\n%s\n"
                        .formatted(origin, TTL, String.join("\n", records)));
    }

    private record Key(String ds, String dnskey) {}

    private static List<Key> signAll(Path folder, List<String> origins) throws IOException, InterruptedException {
        try (var workers = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
            var tasks = origins.stream()
                    .<Callable<Key>>map(origin -> () -> sign(folder, origin))
                    .toList();
            var keys = new ArrayList<Key>();
            for (var future : workers.invokeAll(tasks)) {
                keys.add(future.get());
            }
            return keys;
        } catch (ExecutionException e) {
            throw new IOException("cannot sign a zone", e.getCause());
        }
    }

    private static Key sign(Path folder, String origin) throws IOException, InterruptedException {
        String file = file(folder, origin).getFileName().toString();
        String key = Command.run(folder, "ldns-keygen", "-a", "ECDSAP256SHA256", "-k", origin);
        Command.run(folder, "ldns-signzone", "-e", "20371231000000", "-f", file + ".signed", file, key);
        Files.move(folder.resolve(file + ".signed"), folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        return new Key(
                Files.readString(folder.resolve(key + ".ds")).strip(),
                Files.readString(folder.resolve(key + ".key")).strip());
    }
}
