// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.gatepost.dns.DnsFailure.Reason;
import org.gatepost.names.DomainName;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// Plays a scenario against the resolver, as the server for diagnosis presents it, and says what of its
/// expectations is not met.
final class ReplayRun {
    /// A day on which no signature of any scenario is valid would hide mistakes: it is set from the data.
    private static final String IGNORE_DATES = "-1";

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuuMMddHHmmss", Locale.ROOT);

    private final ReplayScenario scenario;
    private final List<String> problems = new ArrayList<>();
    private volatile Instant now;
    private volatile long step;

    private ReplayRun(ReplayScenario scenario) {
        this.scenario = scenario;
        this.now = start(scenario);
    }

    /// @return one line for each expectation that is not met
    static List<String> play(ReplayScenario scenario) {
        return new ReplayRun(scenario).play();
    }

    private List<String> play() {
        InstantSource clock = () -> now;
        var options = new ResolverOptions(
                List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9)),
                TrustAnchor.builtIn(),
                PATIENCE,
                PATIENCE,
                100,
                clock);
        Upstream upstream = this::ask;
        var denials = new DenialMemory(upstream, Anchors.of(rules()), clock);
        boolean aggressive = !scenario.config().option("aggressive-nsec").equals(Optional.of("no"));
        try (var resolver = new ValidatingResolver(options, rules(), aggressive ? denials : upstream)) {
            var responder = new DnsResponder(resolver, new VerdictMemory(100, denials, clock), upstream, PATIENCE);
            Message last = new Message();
            for (ReplayScenario.Step next : scenario.steps()) {
                step = next.number();
                switch (next) {
                    case ReplayScenario.Query query -> last = responder.reply(message(query.entry()));
                    case ReplayScenario.CheckAnswer check -> judge(check, last);
                    case ReplayScenario.TimePasses pass -> now = now.plus(pass.elapsed());
                }
            }
        }
        return problems;
    }

    private ValidationOptions rules() {
        ReplayScenario.Config config = scenario.config();
        return ValidationOptions.of(TrustAnchor.builtIn())
                .withAnchors(config.anchors().stream().map(Record::toString).toList())
                .withAlgorithms(TestDsa.POLICY)
                .withInsecureDomains(
                        config.insecure().stream().map(DomainName::parse).toList());
    }

    private Reply ask(WireQuestion question, Lookup lookup) {
        var query = Message.newQuery(Record.newRecord(question.name(), question.type(), 1));
        Message reply = ReplayUpstream.at(scenario, step).reply(query);
        return switch (reply.getRcode()) {
            case Rcode.NOERROR, Rcode.NXDOMAIN ->
                new Reply.Received(reply, new InetSocketAddress(InetAddress.getLoopbackAddress(), 9));
            case Rcode.SERVFAIL -> Reply.missing(Reason.SERVER_FAILURE, "the scenario has no answer to " + question);
            default -> Reply.missing(Reason.REFUSED, "the scenario refuses " + question);
        };
    }

    private static Message message(ReplayEntry entry) {
        var query = new Message(7);
        Header header = query.getHeader();
        for (String flag : List.of("RD", "CD", "AD")) {
            if (entry.flags().contains(flag)) {
                header.setFlag(Flags.value(flag));
            }
        }
        query.addRecord(entry.question().orElseThrow(), Section.QUESTION);
        if (entry.flags().contains("DO")) {
            query.addRecord(new OPTRecord(4096, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
        }
        return query;
    }

    private void judge(ReplayScenario.CheckAnswer check, Message got) {
        ReplayEntry expected = check.entry();
        boolean all = expected.match().contains("all");
        if ((all || expected.match().contains("rcode")) && got.getRcode() != expected.rcode()) {
            report("response code", Rcode.string(expected.rcode()), Rcode.string(got.getRcode()) + why(got));
            return;
        }
        boolean secure = got.getHeader().getFlag(Flags.AD);
        if ((all || expected.match().contains("flags"))
                && secure != expected.flags().contains("AD")) {
            report("AD", expected.flags().contains("AD"), secure + why(got));
        }
        if (all || expected.match().contains("answer")) {
            Map<String, String> wanted = data(expected.answer());
            Map<String, String> present = data(got.getSection(Section.ANSWER));
            if (!wanted.keySet().equals(present.keySet())) {
                report("answer", wanted.values(), present.values());
            }
        }
    }

    private static String why(Message message) {
        return message.getOPT() == null ? "" : " " + message.getOPT().getOptions();
    }

    private void report(String what, Object expected, Object got) {
        problems.add("step " + step + ": " + what + " is to be " + expected + ", is " + got);
    }

    /// The records by their octets, but for TTLs, which the resolver may lower, and the case of names.
    private static Map<String, String> data(List<Record> records) {
        var data = new TreeMap<String, String>();
        for (Record r : records) {
            String key = r.getName().canonicalize() + " " + r.getType() + " "
                    + HexFormat.of().formatHex(r.rdataToWireCanonical());
            data.put(key, r.getName() + " " + Type.string(r.getType()) + " " + r.rdataToString());
        }
        return data;
    }

    private static Instant start(ReplayScenario scenario) {
        String text = scenario.config()
                .option("val-override-date")
                .or(() -> scenario.config().option("val-override-timestamp"))
                .orElse(IGNORE_DATES);
        if (text.equals(IGNORE_DATES)) {
            return withinSignatures(scenario);
        }
        return text.length() == 14
                ? LocalDateTime.parse(text, DATE).toInstant(ZoneOffset.UTC)
                : Instant.ofEpochSecond(Long.parseLong(text));
    }

    /// When the youngest signature begins to be valid.
    private static Instant withinSignatures(ReplayScenario scenario) {
        return scenario.ranges().stream()
                .flatMap(range -> range.entries().stream())
                .flatMap(entry -> Stream.concat(entry.answer().stream(), entry.authority().stream()))
                .flatMap(
                        r -> r instanceof RRSIGRecord signature ? Stream.of(signature.getTimeSigned()) : Stream.empty())
                .max(Instant::compareTo)
                .orElse(Instant.EPOCH);
    }
}
