// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.explain;

import java.util.Locale;
import java.util.Optional;
import org.gatepost.dns.Answer;
import org.gatepost.dns.RecordData;
import org.gatepost.gateway.delivery.AttemptRecord;
import org.gatepost.gateway.delivery.HostSession.Opening;
import org.gatepost.policy.DaneDemand;
import org.gatepost.policy.DaneMatch;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DestinationDecision;
import org.gatepost.policy.DestinationFacts;
import org.gatepost.policy.HostDecision;
import org.gatepost.policy.HostFacts;
import org.gatepost.policy.NextHop;
import org.gatepost.policy.OperatorDemand;
import org.gatepost.policy.OperatorFinding;
import org.gatepost.policy.OutcomeRow.NextStep;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.policy.StsDemand;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.TlsDemand;
import org.gatepost.policy.TlsObservation;
import org.gatepost.policy.TransportVerdict;
import org.gatepost.tls.HandshakeFacts;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Renders an [Explanation] as JSON of the schema `gatepost-explain/1`, documented in `docs/reference/explain-
/// json.md`. Members are only ever added within a schema version.
public final class ExplanationJson {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private ExplanationJson() {}

    /// One JSON object, indented, ended by a line feed.
    public static String render(Explanation explanation) {
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(tree(explanation)) + "\n";
    }

    static ObjectNode tree(Explanation explanation) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("schema", "gatepost-explain/1");
        root.put("subject", explanation.subject());
        root.put("domain", explanation.domain().toString());
        root.put("time", explanation.time().toString());
        verdict(root.putObject("verdict"), explanation);
        connector(root, explanation);
        DestinationFacts facts = explanation.decisions().getFirst().facts();
        mx(root, facts);
        sts(root.putObject("mta-sts"), facts.sts());
        ArrayNode hosts = root.putArray("hosts");
        for (DestinationDecision decision : explanation.decisions()) {
            for (HostDecision host : hosts(decision)) {
                host(hosts.addObject(), host, explanation);
            }
        }
        return root;
    }

    private static void connector(ObjectNode root, Explanation explanation) {
        OperatorDemand demand = explanation.route().demand();
        if (demand.connector().isEmpty()) {
            return;
        }
        ObjectNode node = root.putObject("connector");
        node.put("name", demand.connector().get());
        node.put("tls", DemandText.level(demand.tls()));
        if (demand.tls() instanceof TlsDemand.DomainValidation named) {
            node.put("tls-name", named.name().toString());
        }
        node.put("dane", demand.dane().toString());
        node.put("mta-sts", demand.mtaSts().toString());
        node.put("dane-suffices", demand.daneSuffices());
        explanation.route().exemption().ifPresent(exemption -> node.put("exemption", exemption));
        ArrayNode smartHosts = node.putArray("smart-hosts");
        for (DestinationDecision decision : explanation.decisions()) {
            DestinationFacts facts = decision.facts();
            if (facts.hop().kind() != NextHop.Kind.RECIPIENT_DOMAIN) {
                ObjectNode hop = smartHosts.addObject();
                hop.put("name", facts.nextHop().toString());
                facts.hop().port().ifPresent(port -> hop.put("port", port));
                mx(hop, facts);
                sts(hop.putObject("mta-sts"), facts.sts());
                ArrayNode names = hop.putArray("hosts");
                hosts(decision).forEach(host -> names.add(host.host().name().toString()));
            }
        }
    }

    /// Where the operator names the host itself, nothing was looked up.
    private static void mx(ObjectNode node, DestinationFacts facts) {
        if (facts.hop().kind() != NextHop.Kind.SMART_HOST) {
            answer(node.putObject("mx"), facts.mx());
        }
    }

    private static Iterable<HostDecision> hosts(DestinationDecision decision) {
        return switch (decision) {
            case DestinationDecision.Proceed proceed -> proceed.hosts();
            case DestinationDecision.Stop stop -> stop.hosts();
        };
    }

    private static void verdict(ObjectNode node, Explanation explanation) {
        Optional<DeliveryFailure> failure = explanation.failure();
        if (failure.isEmpty()) {
            node.put("action", "deliver");
            node.put("connected", !explanation.probes().isEmpty());
            return;
        }
        boolean retry = OutcomeTable.row(failure.get()).nextStep() == NextStep.RETRY;
        node.put("action", retry ? "defer" : "return");
        node.put("connected", !explanation.probes().isEmpty());
        failure(node, failure.get());
    }

    private static void failure(ObjectNode node, DeliveryFailure failure) {
        var row = OutcomeTable.row(failure);
        node.put("outcome", row.id());
        node.put("while-retrying", OutcomeTable.temporary(failure).toString());
        node.put("finally", OutcomeTable.permanent(failure).toString());
        node.put("reason", failure.subReason().toString());
        node.put("evidence", failure.evidence());
        row.resultType().ifPresent(type -> node.put("tls-rpt-result-type", type.toString()));
        node.put("owner", row.owner().toString());
        node.put("fix", row.fix());
    }

    private static void answer(ObjectNode node, Answer<? extends RecordData> answer) {
        node.put("question", answer.question().toString());
        node.put("dnssec", lower(answer.status()));
        switch (answer) {
            case Answer.Found<? extends RecordData> found -> {
                node.put("result", "found");
                ArrayNode records = node.putArray("records");
                found.records().forEach(record -> records.add(record.toString()));
                ArrayNode aliases = node.putArray("aliases");
                found.aliases().forEach(alias -> aliases.add(alias.toString()));
                node.put("expires", found.expires().toString());
            }
            case Answer.Denied<? extends RecordData> denied -> {
                node.put("result", "denied");
                node.put("denial", lower(denied.denial()));
                ArrayNode aliases = node.putArray("aliases");
                denied.aliases().forEach(alias -> aliases.add(alias.toString()));
                node.put("expires", denied.expires().toString());
            }
            case Answer.Failed<? extends RecordData> failed -> {
                node.put("result", "failed");
                node.put("reason", lower(failed.failure().reason()));
                node.put("detail", failed.failure().detail());
            }
        }
    }

    private static void sts(ObjectNode node, StsFacts sts) {
        switch (sts) {
            case StsFacts.SwitchedOff off -> node.put("state", "switched-off");
            case StsFacts.NoPolicy none -> {
                node.put("state", "no-policy");
                node.put("reason", none.reason());
                none.resultType().ifPresent(type -> node.put("tls-rpt-result-type", type.toString()));
            }
            case StsFacts.InForce policy -> {
                node.put("state", "in-force");
                node.put("mode", policy.policy().mode().toString());
                node.put("id", policy.id());
                node.put("source", lower(policy.source()));
                node.put("expires", policy.expires().toString());
                node.put("max-age-seconds", policy.policy().maxAge().toSeconds());
                ArrayNode patterns = node.putArray("mx");
                policy.policy().mx().forEach(pattern -> patterns.add(pattern.toString()));
                node.put("text", policy.text());
                node.put("note", policy.note());
            }
            case StsFacts.LookupFailed failed -> {
                node.put("state", "lookup-failed");
                node.put("reason", lower(failed.failure().reason()));
                node.put("detail", failed.failure().detail());
                node.put("grace-over", failed.graceOver());
            }
        }
    }

    private static void host(ObjectNode node, HostDecision decision, Explanation explanation) {
        HostFacts facts = decision.host();
        node.put("name", facts.name().toString());
        node.put("preference", facts.preference());
        answer(node.putObject("a"), facts.a());
        answer(node.putObject("aaaa"), facts.aaaa());
        facts.alias().ifPresent(alias -> answer(node.putObject("alias"), alias));
        ArrayNode tlsa = node.putArray("tlsa");
        facts.tlsa().forEach(answer -> answer(tlsa.addObject(), answer));
        switch (decision) {
            case HostDecision.Skip skip -> {
                node.put("use", "skip");
                failure(node.putObject("failure"), skip.failure());
            }
            case HostDecision.Try host -> {
                node.put("use", "try");
                ArrayNode addresses = node.putArray("addresses");
                host.addresses().forEach(address -> addresses.add(address.getHostAddress()));
                dane(node.putObject("dane"), host.dane());
                sts(node.putObject("mta-sts"), host.sts());
                probes(node, host, explanation);
            }
        }
    }

    private static void dane(ObjectNode node, DaneDemand demand) {
        switch (demand) {
            case DaneDemand.Authenticate authenticate -> {
                node.put("demand", "authenticate");
                node.put("tlsa-base-domain", authenticate.base().toString());
                node.put("mx-secure", authenticate.mxSecure());
                ArrayNode usable = node.putArray("usable-records");
                authenticate.usable().forEach(record -> usable.add(record.toString()));
                ArrayNode names = node.putArray("reference-names");
                authenticate.referenceNames().forEach(name -> names.add(name.toString()));
            }
            case DaneDemand.EncryptOnly encrypt -> {
                node.put("demand", "encrypt");
                node.put("tlsa-base-domain", encrypt.base().toString());
                node.put("mx-secure", encrypt.mxSecure());
            }
            case DaneDemand.Nothing nothing -> {
                node.put("demand", "nothing");
                node.put("why", nothing.why().toString());
            }
        }
    }

    private static void sts(ObjectNode node, StsDemand demand) {
        switch (demand) {
            case StsDemand.Enforce enforce -> node.put("demand", "enforce");
            case StsDemand.Testing testing -> {
                node.put("demand", "testing");
                node.put("mx-listed", testing.mxListed());
            }
            case StsDemand.Excused excused -> {
                node.put("demand", "excused");
                node.put("mx-listed", excused.mxListed());
            }
            case StsDemand.Nothing nothing -> {
                node.put("demand", "nothing");
                node.put("why", nothing.why());
            }
        }
    }

    private static void probes(ObjectNode node, HostDecision.Try host, Explanation explanation) {
        if (explanation.probes().isEmpty()) {
            return;
        }
        ArrayNode probes = node.putArray("probes");
        for (Explanation.Probe probe : explanation.probes()) {
            if (probe.host().equals(host)) {
                probe(probes.addObject(), probe);
            }
        }
    }

    private static void probe(ObjectNode node, Explanation.Probe probe) {
        node.put("address", probe.address().getHostAddress());
        switch (probe.opening()) {
            case Opening.Ready ready -> {
                node.put("result", "ready");
                tls(node.putObject("tls"), ready.session().tls());
                verdict(node, ready.session().verdict());
            }
            case Opening.Failed failed -> {
                node.put("result", "failed");
                failed.tls().ifPresent(tls -> tls(node.putObject("tls"), tls));
                failed.verdict().ifPresent(verdict -> verdict(node, verdict));
                failure(node.putObject("failure"), failed.failure());
            }
        }
    }

    private static void tls(ObjectNode node, TlsObservation tls) {
        node.put("observed", AttemptRecord.describe(tls));
        switch (tls) {
            case TlsObservation.NotOffered notOffered -> {}
            case TlsObservation.SwitchedOff off -> {}
            case TlsObservation.Refused refused -> node.put("reply", refused.replyCode() + " " + refused.text());
            case TlsObservation.HandshakeFailed failed -> node.put("detail", failed.detail());
            case TlsObservation.Established established -> handshake(node, established.facts());
        }
    }

    private static void handshake(ObjectNode node, HandshakeFacts facts) {
        node.put("protocol", facts.protocol());
        node.put("cipher-suite", facts.cipherSuite());
        facts.group().ifPresent(group -> node.put("group", group));
        ArrayNode chain = node.putArray("chain");
        facts.chain().forEach(certificate -> CertificateView.fill(chain.addObject(), certificate));
    }

    private static void verdict(ObjectNode node, TransportVerdict verdict) {
        node.put("protection", lower(verdict.protection()));
        ArrayNode findings = node.putArray("findings");
        for (TransportVerdict.PolicyFinding finding : verdict.findings()) {
            ObjectNode one = findings.addObject();
            one.put("policy-type", finding.type().toString());
            one.put("enforced", finding.enforced());
            one.put("satisfied", finding.failure().isEmpty());
            one.put("evidence", finding.evidence());
            finding.match().ifPresent(match -> match(one.putObject("match"), match));
            finding.failure().ifPresent(failure -> failure(one.putObject("failure"), failure));
        }
        verdict.operator().ifPresent(finding -> operator(node.putObject("connector"), finding));
    }

    private static void operator(ObjectNode node, OperatorFinding finding) {
        node.put("satisfied", finding.failure().isEmpty());
        node.put("evidence", finding.evidence());
        finding.failure().ifPresent(failure -> failure(node.putObject("failure"), failure));
    }

    private static void match(ObjectNode node, DaneMatch.Matched match) {
        node.put("record", match.record().toString());
        match.depth().ifPresent(depth -> node.put("position", depth));
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
