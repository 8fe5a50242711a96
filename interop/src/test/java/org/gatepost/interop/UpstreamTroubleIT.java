// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.gatepost.dns.DiagnosisRules;
import org.gatepost.dns.ResolverOptions;
import org.gatepost.dns.TrustAnchor;
import org.gatepost.dns.TrustAnchorException;
import org.gatepost.dns.ValidatingDnsServer;
import org.gatepost.interop.DnsClient.Checking;
import org.gatepost.interop.DnsView.Status;
import org.gatepost.interop.TroubledUpstream.Trouble;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.Flags;

/// Whatever becomes of answers between the upstreams and Gatepost, what it says is right as long as one of them
/// can be reached and is honest; and never is signed data less than secure or forged data more than bogus.
@NeedsPeers
class UpstreamTroubleIT {
    private static final InetAddress UPSTREAMS = InetAddress.ofLiteral("127.53.1.31");
    private static final String MANY_KEYS = ComparedZones.MANY_KEYS + ".";

    /// What a delivery asks for, in zones of every status.
    private static final List<DnsQuestion> QUESTIONS = Stream.of(
                    "signed.test.", MANY_KEYS, "two-algorithms-bind.test.", "unsigned.test.", "expired.test.")
            .flatMap(zone -> Stream.of(
                    new DnsQuestion(zone, "MX"),
                    new DnsQuestion("mx." + zone, "A"),
                    new DnsQuestion("mx." + zone, "AAAA"),
                    new DnsQuestion("_25._tcp.mx." + zone, "TLSA"),
                    new DnsQuestion("alias." + zone, "A"),
                    new DnsQuestion("nothing." + zone, "TLSA")))
            .toList();

    private static final Map<DnsQuestion, DnsView> TRUTH = new LinkedHashMap<>();

    private final List<AutoCloseable> running = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        for (var each : running.reversed()) {
            each.close();
        }
    }

    /// Gatepost above three upstreams in this order.
    private DnsClient gatepostAbove(Trouble... troubles) throws IOException, TrustAnchorException {
        var internet = SignedInternet.shared();
        var upstreams = new ArrayList<InetSocketAddress>();
        for (var trouble : troubles) {
            var upstream = TroubledUpstream.start(UPSTREAMS, internet.forwarder(), trouble);
            running.add(upstream);
            upstreams.add(upstream.address());
        }
        var options = new ResolverOptions(
                upstreams,
                TrustAnchor.fromFile(internet.anchorFile()),
                Duration.ofSeconds(3),
                Duration.ofSeconds(40),
                1000,
                InstantSource.system());
        var server = ValidatingDnsServer.start(
                options,
                DiagnosisRules.asInProduction(),
                new InetSocketAddress(InetAddress.ofLiteral("127.53.1.22"), 0));
        running.add(server);
        return new DnsClient(server.address());
    }

    private static Map<DnsQuestion, DnsView> answers(DnsClient client) throws Exception {
        var answers = new LinkedHashMap<DnsQuestion, DnsView>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var pending = QUESTIONS.stream()
                    .map(question -> threads.submit(() -> DnsView.of(client, question)))
                    .toList();
            for (var i = 0; i < pending.size(); i++) {
                answers.put(QUESTIONS.get(i), pending.get(i).get());
            }
        }
        return answers;
    }

    /// What the judge says, which asks the authoritative servers themselves.
    private static synchronized Map<DnsQuestion, DnsView> truth() throws Exception {
        if (TRUTH.isEmpty()) {
            TRUTH.putAll(answers(SignedInternet.shared().judge()));
        }
        return TRUTH;
    }

    @Test
    void aSetOfKeysThatNoDatagramHoldsIsFetchedOverTcp() throws Exception {
        var keys = new DnsQuestion(MANY_KEYS, "DNSKEY");
        var forwarder = new DnsClient(SignedInternet.shared().forwarder());
        assertThat(forwarder.askOverUdpAlone(keys).getHeader().getFlag(Flags.TC))
                .isTrue();
        assertThat(forwarder.ask(keys, Checking.DISABLED).numBytes()).isGreaterThan(1400);

        var seen = DnsView.of(gatepostAbove(Trouble.NONE), keys);

        assertThat(seen.status()).isEqualTo(Status.SECURE);
        assertThat(seen.answer()).hasSize(6);
        assertThat(seen).isEqualTo(DnsView.of(SignedInternet.shared().judge(), keys));
    }

    @ParameterizedTest
    @EnumSource(
            value = Trouble.class,
            names = {"NONE", "TRUNCATES", "DROPS_FRAGMENTS", "DROPS_LARGE_DATAGRAMS"})
    void aPoorPathToTheOnlyUpstreamChangesNoVerdict(Trouble trouble) throws Exception {
        assertThat(answers(gatepostAbove(trouble))).isEqualTo(truth());
    }

    static Stream<Trouble> lies() {
        return Stream.of(Trouble.values()).filter(Trouble::lies);
    }

    @ParameterizedTest
    @MethodSource("lies")
    void aLiarAmongThreeUpstreamsChangesNoVerdictOfWhatIsSigned(Trouble lie) throws Exception {
        assertThat(signed(answers(gatepostAbove(lie, Trouble.NONE, Trouble.NONE))))
                .isEqualTo(signed(truth()));
    }

    @ParameterizedTest
    @MethodSource("lies")
    void whereAllUpstreamsLieNothingSignedIsLessThanSecure(Trouble lie) throws Exception {
        var answers = answers(gatepostAbove(lie, lie, lie));

        truth().forEach((question, truth) -> {
            var seen = Objects.requireNonNull(answers.get(question));
            if (truth.status() != Status.INSECURE) {
                assertThat(seen)
                        .as("%s, truly %s", question, truth)
                        .matches(view ->
                                view.status() == Status.BOGUS || view.status() == Status.FAILED || view.equals(truth));
            } else {
                assertThat(seen.status()).as(question.toString()).isNotEqualTo(Status.SECURE);
            }
        });
        assertThat(answers.get(new DnsQuestion("mx.signed.test.", "A")))
                .isEqualTo(new DnsView(Status.BOGUS, "SERVFAIL", List.of()));
    }

    /// An unsigned zone's data can be forged by whoever hands them on.
    private static Map<DnsQuestion, DnsView> signed(Map<DnsQuestion, DnsView> answers) {
        var kept = new LinkedHashMap<>(answers);
        kept.keySet().removeIf(question -> question.name().endsWith("unsigned.test."));
        return kept;
    }
}
