// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.gatepost.interop.DnsView.Status;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Gatepost and a validating Unbound see the same status, code and data in every name of zones that ldns, Knot and
/// BIND have signed and NSD, Knot and BIND serve, but for differences that are meant.
@NeedsPeers
class DnssecComparisonIT {
    private static final int AT_ONCE = 24;

    /// Where Gatepost sees less than Unbound, by the names of zones. A difference that is gone fails too.
    private static final Map<String, String> MEANT = Map.of(
            "sha1\\.parent-.*",
            "a DS record with a SHA-1 digest alone vouches for nothing (RFC 9905)",
            "sha1-[57]\\.test",
            "signatures with SHA-1 prove nothing: their algorithms are as if unknown (RFC 9905)");

    /// What both said to every question.
    private static Map<DnsQuestion, Pair> pairs = Map.of();

    private record Pair(SignedZone zone, DnsView unbound, DnsView gatepost) {
        boolean agrees() {
            return unbound.equals(gatepost);
        }
    }

    @BeforeAll
    static void askBoth() throws Exception {
        var internet = SignedInternet.shared();
        var scratch = Scratch.create("compared");
        var found = new LinkedHashMap<DnsQuestion, Pair>();
        try (var gatepost = GatepostDns.start(
                        scratch, "127.53.1.21", GatepostDns.settings(internet.anchorFile(), internet.forwarder()));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var slots = new Semaphore(AT_ONCE);
            var pending = new LinkedHashMap<DnsQuestion, Future<Pair>>();
            for (var zone : internet.zones()) {
                for (var question : DnsQuestion.of(zone)) {
                    pending.put(question, threads.submit(() -> {
                        slots.acquire();
                        try {
                            return new Pair(
                                    zone,
                                    DnsView.of(internet.judge(), question),
                                    DnsView.of(gatepost.client(), question));
                        } finally {
                            slots.release();
                        }
                    }));
                }
            }
            for (var entry : pending.entrySet()) {
                found.put(entry.getKey(), entry.getValue().get());
            }
        }
        pairs = found;
    }

    @Test
    void bothSayTheSameOfEveryName() {
        var differences = pairs.entrySet().stream()
                .filter(entry -> !entry.getValue().agrees())
                .filter(entry -> meant(entry.getValue().zone()).isEmpty())
                .map(entry -> "%s%n    Unbound:  %s%n    Gatepost: %s"
                        .formatted(
                                entry.getKey(),
                                entry.getValue().unbound(),
                                entry.getValue().gatepost()))
                .toList();
        assertThat(differences).isEmpty();
    }

    @Test
    void theDifferencesMeantAreExactlyThese() {
        MEANT.forEach((zones, reason) -> {
            var concerned = pairs.values().stream()
                    .filter(pair -> pair.zone().name().matches(zones))
                    .toList();
            var different = concerned.stream().filter(pair -> !pair.agrees()).toList();
            System.out.printf("%s: %d names differ. Meant: %s%n", zones, different.size(), reason);
            assertThat(different).as("a difference that is no more: " + reason).isNotEmpty();
            assertThat(different).allSatisfy(pair -> {
                assertThat(pair.unbound().status()).isEqualTo(Status.SECURE);
                assertThat(pair.gatepost()).isEqualTo(pair.unbound().withStatus(Status.INSECURE));
            });
        });
    }

    @Test
    void theZonesAreWhatTheyShouldBe() {
        assertThat(SignedInternet.shared().zones()).allSatisfy(zone -> {
            var seen = Optional.ofNullable(pairs.get(new DnsQuestion(zone.absolute("www"), "A")))
                    .map(pair -> pair.unbound().status());
            assertThat(seen).as(zone.name()).contains(zone.expected());
        });
    }

    @Test
    void enoughIsComparedOfEveryStatus() {
        var count = pairs.values().stream()
                .collect(Collectors.groupingBy(pair -> pair.unbound().status(), TreeMap::new, Collectors.counting()));
        System.out.printf(
                "%d names and types in %d zones compared with Unbound: %s%n",
                pairs.size(), SignedInternet.shared().zones().size(), count);
        assertThat(pairs).hasSizeGreaterThanOrEqualTo(300);
        assertThat(count.get(Status.SECURE)).isGreaterThan(300);
        assertThat(count.get(Status.INSECURE)).isGreaterThan(300);
        assertThat(count.get(Status.BOGUS)).isGreaterThan(100);
    }

    private static Optional<String> meant(SignedZone zone) {
        return MEANT.entrySet().stream()
                .filter(entry -> zone.name().matches(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }
}
