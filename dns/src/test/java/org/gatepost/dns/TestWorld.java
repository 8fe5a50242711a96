// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.gatepost.names.DomainName;
import org.gatepost.zones.DnsServer;
import org.gatepost.zones.SignedWorld;
import org.gatepost.zones.Validity;

/// One signed and one unsigned zone, their name server, and resolvers that ask it.
final class TestWorld implements AutoCloseable {
    static final Duration PATIENT = Duration.ofSeconds(20);

    final FakeClock clock = new FakeClock();
    final SignedWorld zones = zones(clock);
    final DnsServer server = start(zones);

    static DomainName name(String text) {
        return DomainName.parse(text);
    }

    static SignedWorld zones(FakeClock clock) {
        Instant now = clock.instant();
        return SignedWorld.builder(clock)
                .validity(new Validity(now.minus(Duration.ofHours(1)), now.plus(Duration.ofMinutes(30))))
                .signedZone(name("good.test"))
                .unsignedZone(name("plain.test"))
                .add("good.test. 600 IN MX 10 mx.good.test.")
                .add("mx.good.test. 300 IN A 127.0.0.5")
                .add("mx.good.test. 300 IN AAAA ::1")
                .add("_25._tcp.mx.good.test. 300 IN TLSA 3 1 1 " + "ab".repeat(32))
                .add("_mta-sts.good.test. 300 IN TXT \"v=STSv1; \" \"id=1;\"")
                .add("alias.good.test. 300 IN CNAME mx.good.test.")
                .add("away.good.test. 300 IN CNAME mx.plain.test.")
                .add("dangling.good.test. 300 IN CNAME nothing.good.test.")
                .add("loop1.good.test. 300 IN CNAME loop2.good.test.")
                .add("loop2.good.test. 300 IN CNAME loop1.good.test.")
                .add("*.wild.good.test. 300 IN A 127.0.0.6")
                .add("walias.good.test. 300 IN CNAME any.wild.good.test.")
                .add("latin.good.test. 300 IN TXT \"caf\\233\"")
                .add("odd.good.test. 300 IN MX 10 a\\032b.good.test.")
                .add("odd.good.test. 300 IN MX 20 mx.good.test.")
                .add("onlyodd.good.test. 300 IN MX 10 a\\032b.good.test.")
                .add("nullmx.good.test. 300 IN MX 0 .")
                .add("big.good.test. 300 IN TXT " + ("\"" + "x".repeat(250) + "\" ").repeat(8))
                .add("plain.test. 600 IN MX 10 mx.plain.test.")
                .add("mx.plain.test. 300 IN A 127.0.0.7")
                .add("_25._tcp.mx.plain.test. 300 IN TLSA 3 1 1 " + "cd".repeat(32))
                .add("_mta-sts.plain.test. 300 IN TXT \"v=STSv1; id=2;\"")
                .add("alias.plain.test. 300 IN CNAME mx.plain.test.")
                .add("back.plain.test. 300 IN CNAME mx.good.test.")
                .build();
    }

    static DnsServer start(SignedWorld zones) {
        try {
            return DnsServer.start(zones, new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    TrustAnchor anchor() {
        return new TrustAnchor(List.of(zones.trustAnchor()));
    }

    ResolverOptions options(InetSocketAddress... upstreams) {
        List<InetSocketAddress> all = upstreams.length == 0 ? List.of(server.address()) : List.of(upstreams);
        return new ResolverOptions(all, anchor(), Duration.ofSeconds(5), PATIENT, 1000, clock);
    }

    /// For tests in which some upstream stays silent.
    ///
    /// @param once how long one attempt may take
    ResolverOptions impatient(Duration once, InetSocketAddress... upstreams) {
        var options = options(upstreams);
        return new ResolverOptions(options.upstreams(), options.anchor(), once, once.multipliedBy(5), 1000, clock);
    }

    ValidatingResolver resolver(InetSocketAddress... upstreams) {
        return new ValidatingResolver(options(upstreams));
    }

    static Answer<?> ask(Resolver resolver, String question) {
        String[] words = question.split(" ", 2);
        DomainName name = name(words[0]);
        return switch (RecordType.valueOf(words[1])) {
            case A -> resolver.a(name);
            case AAAA -> resolver.aaaa(name);
            case MX -> resolver.mx(name);
            case TXT -> resolver.txt(name);
            case TLSA -> resolver.tlsa(name);
            case CNAME -> resolver.cname(name);
        };
    }

    static DnsFailure failure(Answer<?> answer) {
        if (answer instanceof Answer.Failed<?>(Question _, DnsFailure failure)) {
            return failure;
        }
        throw new AssertionError("expected a failure, but got " + answer);
    }

    static List<String> records(Answer<?> answer) {
        if (answer instanceof Answer.Found<?> found) {
            return Stream.of(found.records().toArray()).map(Object::toString).toList();
        }
        throw new AssertionError("expected records, but got " + answer);
    }

    @Override
    public void close() {
        server.close();
    }
}
