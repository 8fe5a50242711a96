// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.gatepost.interop.PosttlsFinger.Demand;
import org.gatepost.interop.PosttlsFinger.Report;
import org.gatepost.interop.PosttlsFinger.Verdict;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Gatepost and Postfix's own delivery TLS code see the same in every destination and come to the same end, but
/// for differences that are meant, each with its reason.
@NeedsPeers
class VerdictComparisonIT {
    /// A difference that is gone fails too: the table tells the truth.
    private static final Map<Destination, String> MEANT = Map.of(
            Destinations.DANE_FIRST_MX_BAD,
            "posttls-finger looks at the first MX host only; Gatepost goes on to the second (RFC 5321 §5.1)",
            Destinations.STS_OTHER_MX,
            "posttls-finger knows no policy and connects to find another name; Gatepost does not connect to a host"
                    + " that the policy does not list (RFC 8461 §4.1)");

    private static final Set<Verdict> SESSION =
            Set.of(Verdict.VERIFIED, Verdict.TRUSTED, Verdict.UNTRUSTED, Verdict.ANONYMOUS);

    private static Path config;

    @BeforeAll
    static void writeConfig() {
        config = GatewaySettings.in(MiniInternet.shared()).write(Scratch.create("explain"));
    }

    /// What one of the two says of a destination.
    ///
    /// @param seen in posttls-finger's words
    /// @param goes whether a message would be delivered
    private record Judgement(String seen, boolean goes) {
        @Override
        public String toString() {
            return seen + (goes ? ", goes" : ", does not go");
        }
    }

    static List<Destination> destinations() {
        return Destinations.all();
    }

    @ParameterizedTest
    @MethodSource("destinations")
    void bothSeeTheSameAndComeToTheSameEnd(Destination destination) {
        var internet = MiniInternet.shared();
        var demand = internet.fingerDemand(destination);
        var report = PosttlsFinger.check(destination.domain(), demand);
        var explained = Explain.of(config, destination.recipient("user"));

        var postfix = ofPostfix(report, demand);
        var gatepost = ofGatepost(explained);

        assertThat(explained.exit()).isEqualTo(gatepost.goes() ? 0 : 1);
        var meant = MEANT.get(destination);
        if (meant == null) {
            assertThat(gatepost)
                    .as(report.text() + explained.json().toPrettyString())
                    .isEqualTo(postfix);
        } else {
            System.out.printf(
                    "%s: posttls-finger: %s; Gatepost: %s. Meant: %s%n", destination, postfix, gatepost, meant);
            assertThat(gatepost).as("a difference that is no more: " + meant).isNotEqualTo(postfix);
        }
    }

    @Test
    void theDifferencesAreExactlyThese() {
        var internet = MiniInternet.shared();
        var second = Explain.of(config, Destinations.DANE_FIRST_MX_BAD.domain());
        var unlisted = Explain.of(config, Destinations.STS_OTHER_MX.domain());

        assertThat(ofGatepost(second)).isEqualTo(new Judgement("VERIFIED", true));
        assertThat(second.json().at("/hosts/0/probes/0/failure/outcome").asString())
                .isEqualTo("C8");
        assertThat(ofGatepost(unlisted)).isEqualTo(new Judgement("C3 without a connection", false));
        assertThat(ofPostfix(
                                PosttlsFinger.check(
                                        Destinations.STS_OTHER_MX.domain(),
                                        internet.fingerDemand(Destinations.STS_OTHER_MX)),
                                internet.fingerDemand(Destinations.STS_OTHER_MX))
                        .goes())
                .isFalse();
    }

    /// What Postfix's delivery agent makes of what posttls-finger saw, at the same TLS security level.
    private static Judgement ofPostfix(Report report, Demand demand) {
        var seen = report.verdict();
        return switch (demand) {
            case Demand.Secure _ -> new Judgement(seen.name(), seen == Verdict.VERIFIED);
            case Demand.Dane() -> ofDane(report);
        };
    }

    private static Judgement ofDane(Report report) {
        // Where the MX record is not signed it says Trusted of what DANE proved.
        var seen = report.verdict() == Verdict.TRUSTED ? Verdict.VERIFIED : report.verdict();
        boolean goes;
        if (report.text().contains(" TLSA record: ")) {
            goes = seen == Verdict.VERIFIED;
        } else if (report.text().contains("unsupported TLSA certificate usage")) {
            goes = SESSION.contains(seen);
        } else {
            goes = SESSION.contains(seen) || seen == Verdict.NO_STARTTLS;
        }
        return new Judgement(seen.name(), goes);
    }

    private static Judgement ofGatepost(Explain explained) {
        var probes = explained
                .json()
                .at("/hosts")
                .valueStream()
                .flatMap(host -> host.path("probes").valueStream())
                .toList();
        var goes = explained.action().equals("deliver");
        if (probes.isEmpty()) {
            return new Judgement(unconnected(explained), goes);
        }
        var telling = probes.stream()
                .filter(probe -> probe.path("result").asString().equals("ready"))
                .findFirst()
                .orElse(probes.getFirst());
        return new Judgement(seen(telling), goes);
    }

    private static String unconnected(Explain explained) {
        var outcome = explained.json().at("/verdict/outcome").asString();
        return switch (outcome) {
            case "C9", "C11" -> Verdict.DNS_FAILED.name();
            case "C13", "C16" -> Verdict.NO_MAIL.name();
            default -> outcome + " without a connection";
        };
    }

    private static String seen(JsonNode probe) {
        var observed = probe.at("/tls/observed").asString("nobody");
        return (switch (observed) {
                    case "nobody" -> Verdict.UNREACHABLE;
                    case "no STARTTLS", "STARTTLS refused" -> Verdict.NO_STARTTLS;
                    case "TLS handshake failed" -> Verdict.HANDSHAKE_FAILED;
                    default -> probe.path("protection").asString().equals("tls") ? Verdict.UNTRUSTED : Verdict.VERIFIED;
                })
                .name();
    }
}
