// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.explain;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.gatepost.dns.Answer;
import org.gatepost.dns.RecordData;
import org.gatepost.gateway.delivery.AttemptRecord;
import org.gatepost.gateway.delivery.HostSession.Opening;
import org.gatepost.gateway.routing.Route;
import org.gatepost.policy.DaneDemand;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DestinationDecision;
import org.gatepost.policy.HostDecision;
import org.gatepost.policy.HostFacts;
import org.gatepost.policy.NextHop;
import org.gatepost.policy.OperatorDemand;
import org.gatepost.policy.OutcomeRow.NextStep;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.policy.StsDemand;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.TlsObservation;
import org.gatepost.policy.TransportVerdict;
import org.gatepost.tls.CertificateFacts;
import org.gatepost.tls.HandshakeFacts;

/// Renders an [Explanation] for people: the verdict first, then the evidence in the order in which it was gathered.
public final class ExplanationText {
    private final StringBuilder out = new StringBuilder();

    private ExplanationText() {}

    /// Lines ended by line feeds.
    public static String render(Explanation explanation) {
        ExplanationText text = new ExplanationText();
        text.verdict(explanation);
        text.route(explanation.route());
        explanation.decisions().forEach(decision -> text.hop(decision, explanation));
        return text.out.toString();
    }

    private void route(Route route) {
        Optional<String> connector = route.demand().connector();
        if (connector.isPresent()) {
            line(0, "Connector " + connector.get());
            line(2, "demands:  " + DemandText.of(route.demand()));
            route.exemption().ifPresent(exemption -> line(2, "exemption: " + exemption));
            route.hops().stream()
                    .filter(hop -> hop.kind() != NextHop.Kind.RECIPIENT_DOMAIN)
                    .forEach(hop -> line(2, "smart host: " + DemandText.of(hop)));
        }
    }

    private void hop(DestinationDecision decision, Explanation explanation) {
        if (explanation.decisions().size() > 1) {
            line(0, "Next hop " + DemandText.of(decision.facts().hop()));
        }
        destination(decision);
        switch (decision) {
            case DestinationDecision.Proceed proceed -> proceed.hosts().forEach(host -> host(host, explanation));
            case DestinationDecision.Stop stop -> stop.hosts().forEach(host -> host(host, explanation));
        }
    }

    private void verdict(Explanation explanation) {
        Optional<DeliveryFailure> failure = explanation.failure();
        if (failure.isPresent()) {
            boolean retry = OutcomeTable.row(failure.get()).nextStep() == NextStep.RETRY;
            line(0, explanation.subject() + ": mail would be " + (retry ? "held and tried again" : "returned at once"));
            failure(2, failure.get());
        } else if (explanation.probes().isEmpty()) {
            line(
                    0,
                    explanation.subject()
                            + ": mail would go to a host that meets the demands below (not connected to)");
        } else {
            line(0, explanation.subject() + ": mail would be delivered");
        }
        line(0, "");
    }

    private void failure(int indent, DeliveryFailure failure) {
        var row = OutcomeTable.row(failure);
        line(indent, OutcomeTable.temporary(failure).toString());
        line(indent, "finally:  " + OutcomeTable.permanent(failure));
        line(indent, "reason:   " + failure.subReason() + ": " + failure.evidence());
        line(indent, "to mend:  " + row.owner() + ": " + row.fix());
    }

    /// The failure that stands for all is told in full at the top.
    private void hostFailure(DeliveryFailure failure, Explanation explanation) {
        if (explanation.failure().equals(Optional.of(failure))) {
            line(4, OutcomeTable.temporary(failure) + " (" + failure.subReason() + ", as above)");
        } else {
            failure(4, failure);
        }
    }

    private void destination(DestinationDecision decision) {
        var facts = decision.facts();
        line(0, "DNS");
        switch (facts.hop().kind()) {
            case RECIPIENT_DOMAIN, SMART_HOST_DOMAIN -> answer(2, facts.mx());
            case SMART_HOST -> line(2, facts.nextHop() + " is the host itself; MX records are not asked for");
        }
        line(0, "MTA-STS");
        sts(facts.sts(), facts.hop().demand());
    }

    /// What switched a mechanism off.
    private static String culprit(OperatorDemand demand, String key) {
        return demand.connector().map(name -> "connector '" + name + "'").orElse("policy." + key);
    }

    private void sts(StsFacts sts, OperatorDemand demand) {
        switch (sts) {
            case StsFacts.SwitchedOff off -> line(2, "switched off (" + culprit(demand, "mta-sts") + ")");
            case StsFacts.NoPolicy none -> line(2, "no policy: " + none.reason());
            case StsFacts.LookupFailed failed ->
                line(
                        2,
                        "the policy record could not be looked up: "
                                + failed.failure().detail());
            case StsFacts.InForce policy -> {
                line(
                        2,
                        "policy id " + policy.id() + ", mode " + policy.policy().mode() + ", "
                                + policy.source().name().toLowerCase(Locale.ROOT) + ", in force until "
                                + policy.expires());
                policy.policy().mx().forEach(pattern -> line(2, "mx: " + pattern));
                if (!policy.note().isEmpty()) {
                    line(2, "note: " + policy.note());
                }
            }
        }
    }

    private void host(HostDecision decision, Explanation explanation) {
        HostFacts facts = decision.host();
        line(0, "Host " + facts.name() + " (preference " + facts.preference() + ")");
        answer(2, facts.a());
        answer(2, facts.aaaa());
        facts.alias().ifPresent(alias -> answer(2, alias));
        facts.tlsa().forEach(tlsa -> answer(2, tlsa));
        switch (decision) {
            case HostDecision.Skip skip -> {
                line(2, "not used:");
                hostFailure(skip.failure(), explanation);
            }
            case HostDecision.Try host -> {
                line(2, "DANE:     " + dane(host.dane(), host.operator()));
                line(2, "MTA-STS:  " + sts(host.sts()));
                explanation.probes().stream()
                        .filter(probe -> probe.host().equals(host))
                        .forEach(probe -> probe(probe, explanation));
            }
        }
    }

    private static String dane(DaneDemand demand, OperatorDemand operator) {
        return switch (demand) {
            case DaneDemand.Authenticate authenticate ->
                "TLS, authenticated by a TLSA record of " + authenticate.base() + " ("
                        + authenticate.usable().size() + " of "
                        + authenticate.published().size() + " usable)"
                        + (authenticate.mxSecure()
                                ? ""
                                : "; the MX record is not signed, so the host's name is not proved");
            case DaneDemand.EncryptOnly encrypt ->
                "TLS without authentication: none of the " + encrypt.published().size() + " TLSA records is usable";
            case DaneDemand.Nothing nothing -> "nothing demanded: " + inWords(nothing.why(), operator);
        };
    }

    private static String inWords(DaneDemand.Why why, OperatorDemand operator) {
        return switch (why) {
            case SWITCHED_OFF -> "switched off (" + culprit(operator, "dane") + ")";
            case HOST_INSECURE -> "the host's addresses are not signed, so its TLSA records are not asked for";
            case NO_TLSA_RECORDS -> "there are no TLSA records";
            case TLSA_INSECURE -> "its TLSA records, or their absence, are not signed";
        };
    }

    private static String sts(StsDemand demand) {
        return switch (demand) {
            case StsDemand.Enforce enforce ->
                "enforce: TLS 1.2 or higher and a trusted certificate for the host's name";
            case StsDemand.Testing testing ->
                "testing: failures are reported, mail goes anyway"
                        + (testing.mxListed() ? "" : "; the host is not listed");
            case StsDemand.Excused excused ->
                "enforce, but DANE suffices by the connector: failures are reported, mail goes anyway"
                        + (excused.mxListed() ? "" : "; the host is not listed");
            case StsDemand.Nothing nothing -> "nothing demanded: " + nothing.why();
        };
    }

    private void probe(Explanation.Probe probe, Explanation explanation) {
        switch (probe.opening()) {
            case Opening.Ready ready -> {
                line(
                        2,
                        "[" + probe.address().getHostAddress() + "] ready: "
                                + AttemptRecord.describe(ready.session().tls()));
                tls(ready.session().tls());
                findings(ready.session().verdict());
            }
            case Opening.Failed failed -> {
                line(2, "[" + probe.address().getHostAddress() + "] failed:");
                hostFailure(failed.failure(), explanation);
                failed.tls().ifPresent(this::tls);
                failed.verdict().ifPresent(this::findings);
            }
        }
    }

    private void tls(TlsObservation tls) {
        switch (tls) {
            case TlsObservation.NotOffered notOffered -> line(4, "STARTTLS is not offered");
            case TlsObservation.SwitchedOff off -> line(4, "TLS is switched off by the connector");
            case TlsObservation.Refused refused -> line(4, "STARTTLS: " + refused.replyCode() + " " + refused.text());
            case TlsObservation.HandshakeFailed failed -> line(4, "handshake: " + failed.detail());
            case TlsObservation.Established established -> {
                HandshakeFacts facts = established.facts();
                line(
                        4,
                        facts.protocol() + " " + facts.cipherSuite()
                                + facts.group().map(group -> " " + group).orElse(""));
                List<X509Certificate> chain = facts.chain();
                for (int position = 0; position < chain.size(); position++) {
                    certificate(position, CertificateFacts.of(chain.get(position)));
                }
            }
        }
    }

    private void certificate(int position, CertificateFacts facts) {
        line(4, "certificate " + position + ": " + facts.subject() + ", issued by " + facts.issuer());
        line(6, "names " + facts.names() + ", valid " + facts.notBefore() + " to " + facts.notAfter());
        line(6, "certificate sha256 " + facts.sha256());
        line(6, "public key sha256  " + facts.spkiSha256());
    }

    private void findings(TransportVerdict verdict) {
        for (TransportVerdict.PolicyFinding finding : verdict.findings()) {
            String result =
                    finding.failure().isEmpty() ? "satisfied" : finding.enforced() ? "fails" : "fails, not enforced";
            line(4, finding.type() + ": " + result + (finding.failure().isEmpty() ? ": " + finding.evidence() : ""));
        }
        verdict.operator()
                .ifPresent(finding -> line(
                        4,
                        "connector: " + (finding.failure().isEmpty() ? "satisfied: " + finding.evidence() : "fails")));
    }

    private void answer(int indent, Answer<? extends RecordData> answer) {
        String head = answer.question() + "  " + answer.status().name().toLowerCase(Locale.ROOT) + "  ";
        switch (answer) {
            case Answer.Found<? extends RecordData> found -> {
                found.aliases().forEach(alias -> line(indent, head + "alias " + alias));
                found.records().forEach(record -> line(indent, head + record));
            }
            case Answer.Denied<? extends RecordData> denied ->
                line(indent, head + (denied.denial() == Answer.Denial.NO_DATA ? "no such records" : "no such name"));
            case Answer.Failed<? extends RecordData> failed -> line(indent, head + withoutQuestion(failed));
        }
    }

    private static String withoutQuestion(Answer.Failed<?> failed) {
        String detail = failed.failure().detail();
        String prefix = failed.question() + ": ";
        return detail.startsWith(prefix) ? detail.substring(prefix.length()) : detail;
    }

    private void line(int indent, String text) {
        out.repeat(' ', indent).append(text.replaceAll("\\p{Cntrl}", "?")).append('\n');
    }
}
