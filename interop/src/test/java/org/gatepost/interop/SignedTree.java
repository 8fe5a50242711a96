// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/// A tree of [SignedZone]s on disk, each delegated from the one above and signed by its own tool.
///
/// @param files where each zone's file is, by the server that serves it and by origin
/// @param anchor the root's published keys as DNSKEY lines: the trust anchor
record SignedTree(Map<AuthoritativeServer, Map<String, String>> files, String anchor) {

    /// Who serves what.
    enum AuthoritativeServer {
        NSD("127.53.1.1"),
        KNOTD("127.53.1.2"),
        NAMED("127.53.1.3");

        private final String address;

        AuthoritativeServer(String address) {
            this.address = address;
        }

        String address() {
            return address;
        }

        String host() {
            return "ns-" + label() + ".test.";
        }

        private String label() {
            return switch (this) {
                case NSD -> "nsd";
                case KNOTD -> "knotd";
                case NAMED -> "named";
            };
        }

        /// A tool's own; a spoilt zone goes where files are taken as they are.
        static AuthoritativeServer of(SignedZone zone) {
            if (!zone.whole() || !zone.isSigned()) {
                return NSD;
            }
            return switch (zone.tool()) {
                case LDNS -> NSD;
                case KNOT -> KNOTD;
                case BIND -> NAMED;
            };
        }
    }

    /// @param zones must hold the root (empty name, signed) and `test`
    static SignedTree sign(Scratch scratch, List<SignedZone> zones) {
        Map<AuthoritativeServer, Map<String, String>> files = new TreeMap<>();
        Map<String, List<String>> delegations = new TreeMap<>();
        var anchor = "";
        // The deepest first, for each hands its DS records to its parent; those of one depth do not need each other.
        var byDepth = new TreeMap<Integer, List<SignedZone>>(Comparator.reverseOrder());
        byDepth.putAll(zones.stream().collect(Collectors.groupingBy(SignedZone::labels)));
        // As many as there are processors to run the tools.
        try (var workers = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors() + 1)) {
            for (var level : byDepth.values()) {
                var tasks = level.stream()
                        .<Callable<SigningTool.Signed>>map(
                                zone -> () -> sign(scratch, zone, delegations.getOrDefault(zone.name(), List.of())))
                        .toList();
                var done = all(workers, tasks);
                for (var i = 0; i < level.size(); i++) {
                    var zone = level.get(i);
                    files.computeIfAbsent(AuthoritativeServer.of(zone), key -> new TreeMap<>())
                            .put(
                                    zone.origin(),
                                    scratch.path(zone.fileName() + ".zone").toString());
                    var parent = parent(zones, zone);
                    if (parent.isPresent()) {
                        delegations
                                .computeIfAbsent(parent.get().name(), key -> new ArrayList<>())
                                .addAll(delegation(zone, done.get(i)));
                    } else {
                        anchor = done.get(i).dnskeys();
                    }
                }
            }
        }
        return new SignedTree(files, anchor);
    }

    /// @throws PeerFailure that names every zone that could not be signed
    private static <T> List<T> all(ExecutorService workers, List<Callable<T>> tasks) {
        try {
            var results = new ArrayList<T>();
            var failures = new ArrayList<String>();
            for (var future : workers.invokeAll(tasks)) {
                switch (future.state()) {
                    case SUCCESS -> results.add(future.resultNow());
                    case FAILED, CANCELLED, RUNNING ->
                        failures.add(String.valueOf(future.exceptionNow().getMessage()));
                }
            }
            if (!failures.isEmpty()) {
                throw new PeerFailure("zones cannot be signed:\n" + String.join("\n", failures));
            }
            return results;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PeerFailure("interrupted while zones were signed");
        }
    }

    private static Optional<SignedZone> parent(List<SignedZone> zones, SignedZone zone) {
        return zones.stream()
                .filter(candidate -> candidate.isAbove(zone))
                .max(Comparator.comparingInt(SignedZone::labels));
    }

    private static List<String> delegation(SignedZone zone, SigningTool.Signed signed) {
        var lines = new ArrayList<String>();
        lines.add(zone.origin() + " NS " + AuthoritativeServer.of(zone).host());
        zone.ds().apply(signed.ds()).forEach(ds -> lines.add(zone.origin() + " DS " + ds));
        return lines;
    }

    private static SigningTool.Signed sign(Scratch scratch, SignedZone zone, List<String> delegations) {
        var server = AuthoritativeServer.of(zone);
        var text = new StringBuilder("$ORIGIN " + zone.origin() + "\n$TTL 300\n");
        text.append("@ SOA " + server.host() + " hostmaster.test. 1 7200 3600 1209600 300\n");
        text.append("@ NS " + server.host() + "\n");
        if (zone.name().isEmpty() || zone.name().equals("test")) {
            for (var each : AuthoritativeServer.values()) {
                text.append(each.host() + " A " + each.address() + "\n");
            }
        }
        zone.records().forEach(line -> text.append(line).append('\n'));
        delegations.forEach(line -> text.append(line).append('\n'));
        var file = zone.fileName() + ".zone";
        if (!zone.isSigned()) {
            scratch.write(file, text.toString());
            return new SigningTool.Signed(List.of(), List.of());
        }
        var signed = zone.tool().sign(scratch.subfolder(zone.fileName()), zone, text.toString());
        var lines = zone.whole() ? signed.lines() : spoilt(zone, signed.lines());
        scratch.writeOctets(file, String.join("\n", lines) + "\n");
        return signed;
    }

    private static List<String> spoilt(SignedZone zone, List<String> lines) {
        var records =
                lines.stream().map(ZoneLine::parse).flatMap(Optional::stream).toList();
        var after = zone.spoiling().apply(records);
        if (after.equals(records)) {
            throw new PeerFailure("nothing was spoilt in " + zone.origin());
        }
        return after.stream().map(ZoneLine::text).toList();
    }
}
