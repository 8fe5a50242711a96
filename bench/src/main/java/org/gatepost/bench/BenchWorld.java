// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.gatepost.names.DomainName;
import org.gatepost.zones.DnsServer;
import org.gatepost.zones.SignedWorld;
import org.gatepost.zones.SigningAlgorithm;

/// Many signed recipient domains under one top-level domain, each a zone of its own with MX, address and TLSA records,
/// served on a free port of the loopback interface.
record BenchWorld(DnsServer server, String anchor, List<String> domains) implements AutoCloseable {
    static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    BenchWorld {
        domains = List.copyOf(domains);
    }

    /// @param algorithm of every zone, the root's and the top-level domain's among them
    static BenchWorld start(SigningAlgorithm algorithm, int count) throws IOException {
        var builder =
                SignedWorld.builder(InstantSource.system()).algorithm(algorithm).oneKeyPairForAll();
        List<String> domains =
                IntStream.range(0, count).mapToObj(i -> "d" + i + ".test").toList();
        for (String domain : domains) {
            builder.signedZone(DomainName.parse(domain))
                    .add(domain + ". 300 IN MX 10 mx." + domain + ".")
                    .add("mx." + domain + ". 300 IN A 127.0.0.5")
                    .add("_25._tcp.mx." + domain + ". 300 IN TLSA 3 1 1 " + "ab".repeat(32));
        }
        SignedWorld world = builder.build();
        DnsServer server = DnsServer.start(world, new InetSocketAddress(LOOPBACK, 0));
        return new BenchWorld(server, world.trustAnchor(), domains);
    }

    /// Every question that a validator may ask about the domains, in zone-file form for dnsperf.
    List<String> allQuestions() {
        var questions = new ArrayList<>(List.of(". DNSKEY", "test DS", "test DNSKEY"));
        domains.stream()
                .flatMap(domain -> Stream.of(
                        domain + " MX",
                        domain + " DS",
                        domain + " DNSKEY",
                        "mx." + domain + " A",
                        "mx." + domain + " AAAA",
                        "mx." + domain + " DS",
                        "_25._tcp.mx." + domain + " TLSA"))
                .forEach(questions::add);
        return questions;
    }

    @Override
    public void close() {
        server.close();
    }
}
