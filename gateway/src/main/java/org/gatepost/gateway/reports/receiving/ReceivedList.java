// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.receiving;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.gatepost.names.DomainName;
import org.gatepost.policy.PrintableText;
import org.gatepost.spool.ReceivedReport;
import org.gatepost.spool.ReceivedReport.Arrival;
import org.gatepost.spool.ReceivedReport.Signature;
import org.gatepost.spool.ReceivedReports.Entry;
import org.gatepost.spool.ReceivedReports.Sum;
import org.gatepost.tlsrpt.TlsReport;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Received reports for people and for programs. What strangers wrote is made printable for both: it goes to terminals.
public final class ReceivedList {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private ReceivedList() {}

    /// A table of sums, then a line or two for each report.
    public static String text(List<Entry> entries, List<Sum> sums) {
        if (entries.isEmpty()) {
            return "no received reports\n";
        }
        StringBuilder text = new StringBuilder("Sessions by domain and day, over all reports\n");
        sums.forEach(sum -> text.append(String.format(
                "  %s  %-30s %10d good %10d failed  %s%n",
                sum.day(), line(sum.domain()), sum.successful(), sum.failed(), failures(sum.failures()))));
        text.append("\nReports, the newest first\n");
        for (Entry entry : entries) {
            text.append(String.format(
                    "  %d  %s  %s  about %s: %d good, %d failed%s%n",
                    entry.number(),
                    entry.day(),
                    line(entry.organization()),
                    line(String.join(", ", entry.domains())),
                    entry.successful(),
                    entry.failed(),
                    entry.failures().isEmpty() ? "" : ": " + failures(entry.failures())));
            text.append("      ").append(arrival(entry.arrival()));
            text.append(entry.deviations() == 0 ? "" : ", deviations: " + entry.deviations())
                    .append('\n');
        }
        return text.toString();
    }

    /// One report in full.
    public static String text(long number, ReceivedReport received) {
        TlsReport report = received.report();
        StringBuilder text = new StringBuilder();
        text.append("report ")
                .append(number)
                .append(", ")
                .append(arrival(received.arrival()))
                .append('\n');
        text.append("from ").append(line(report.organizationName()));
        report.contactInfo().ifPresent(contact -> text.append(", contact ").append(line(contact)));
        text.append("\nid ")
                .append(line(report.reportId()))
                .append(", ")
                .append(report.start())
                .append(" to ")
                .append(report.end())
                .append('\n');
        for (PolicyResult result : report.policies()) {
            text.append("policy ")
                    .append(line(result.policy().type()))
                    .append(" of ")
                    .append(line(result.policy().domain()))
                    .append(": ")
                    .append(result.successful())
                    .append(" good, ")
                    .append(result.failed())
                    .append(" failed\n");
            result.policy()
                    .strings()
                    .forEach(string -> text.append("    ").append(line(string)).append('\n'));
            result.failures()
                    .forEach(failure ->
                            text.append("  ").append(failure(failure)).append('\n'));
        }
        received.deviations()
                .forEach(deviation ->
                        text.append("deviation ").append(line(deviation)).append('\n'));
        return text.toString();
    }

    private static String failure(FailureDetails failure) {
        StringBuilder text = new StringBuilder();
        text.append(failure.sessions()).append(" x ").append(line(failure.resultType()));
        var session = failure.session();
        session.sendingMtaIp().ifPresent(ip -> text.append(" from ").append(line(ip)));
        session.receivingMxHostname().ifPresent(host -> text.append(" to ").append(line(host)));
        session.receivingIp().ifPresent(ip -> text.append(" [").append(line(ip)).append(']'));
        session.failureReasonCode().ifPresent(code -> text.append(", ").append(line(code)));
        session.additionalInformation().ifPresent(more -> text.append(", ").append(line(more)));
        return text.toString();
    }

    private static String arrival(Arrival arrival) {
        Signature signature = arrival.signature();
        String dkim = switch (arrival.way()) {
            case HTTPS -> "";
            case MAIL ->
                ", DKIM " + signature.result()
                        + signature.domain().map(domain -> " of " + domain).orElse("")
                        + (signature.domain().isPresent() && !signature.aligned() ? ", another's" : "");
        };
        return "received " + arrival.when() + " by " + arrival.way() + " from " + line(arrival.source()) + dkim;
    }

    private static String failures(Map<String, Long> failures) {
        return failures.entrySet().stream()
                .map(entry -> line(entry.getKey()) + " " + entry.getValue())
                .collect(Collectors.joining(", "));
    }

    private static String line(String text) {
        return PrintableText.line(text, 200);
    }

    public static String json(List<Entry> entries, List<Sum> sums) {
        ObjectNode root = JSON.createObjectNode();
        ArrayNode sessions = root.putArray("sums");
        for (Sum sum : sums) {
            ObjectNode node = sessions.addObject();
            node.put("domain", line(sum.domain()))
                    .put("day", sum.day().toString())
                    .put("reports", sum.reports())
                    .put("successful", sum.successful())
                    .put("failed", sum.failed());
            put(node.putObject("failures"), sum.failures());
        }
        ArrayNode reports = root.putArray("reports");
        for (Entry entry : entries) {
            ObjectNode node = reports.addObject();
            node.put("number", entry.number())
                    .put("day", entry.day().toString())
                    .put("organization", line(entry.organization()))
                    .put("reportId", line(entry.reportId()))
                    .put("successful", entry.successful())
                    .put("failed", entry.failed())
                    .put("deviations", entry.deviations());
            ArrayNode domains = node.putArray("domains");
            entry.domains().forEach(domain -> domains.add(line(domain)));
            put(node.putObject("failures"), entry.failures());
            putArrival(node, entry.arrival());
        }
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    }

    public static String json(long number, ReceivedReport received) {
        TlsReport report = received.report();
        ObjectNode root = JSON.createObjectNode();
        root.put("number", number)
                .put("day", received.day().toString())
                .put("organization", line(report.organizationName()))
                .put("contact", report.contactInfo().map(ReceivedList::line).orElse(null))
                .put("reportId", line(report.reportId()))
                .put("start", report.start().toString())
                .put("end", report.end().toString());
        putArrival(root, received.arrival());
        ArrayNode policies = root.putArray("policies");
        report.policies().forEach(result -> putPolicy(policies.addObject(), result));
        ArrayNode deviations = root.putArray("deviations");
        received.deviations().forEach(deviation -> deviations.add(line(deviation)));
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    }

    private static void putPolicy(ObjectNode node, PolicyResult result) {
        node.put("type", line(result.policy().type()))
                .put("domain", line(result.policy().domain()))
                .put("successful", result.successful())
                .put("failed", result.failed());
        ArrayNode failures = node.putArray("failures");
        for (FailureDetails failure : result.failures()) {
            var session = failure.session();
            failures.addObject()
                    .put("type", line(failure.resultType()))
                    .put("sessions", failure.sessions())
                    .put(
                            "sendingIp",
                            session.sendingMtaIp().map(ReceivedList::line).orElse(null))
                    .put(
                            "mxHost",
                            session.receivingMxHostname()
                                    .map(ReceivedList::line)
                                    .orElse(null))
                    .put(
                            "mxHelo",
                            session.receivingMxHelo().map(ReceivedList::line).orElse(null))
                    .put(
                            "receivingIp",
                            session.receivingIp().map(ReceivedList::line).orElse(null))
                    .put(
                            "information",
                            session.additionalInformation()
                                    .map(ReceivedList::line)
                                    .orElse(null))
                    .put(
                            "reasonCode",
                            session.failureReasonCode().map(ReceivedList::line).orElse(null));
        }
    }

    private static void putArrival(ObjectNode node, Arrival arrival) {
        Signature signature = arrival.signature();
        node.putObject("arrival")
                .put("when", arrival.when().toString())
                .put("way", arrival.way().toString())
                .put("source", line(arrival.source()))
                .put("dkim", signature.result().toString())
                .put("dkimDomain", signature.domain().map(DomainName::toString).orElse(null))
                .put("dkimAligned", signature.aligned())
                .put("dkimDetail", line(signature.detail()));
    }

    private static void put(ObjectNode node, Map<String, Long> failures) {
        failures.forEach((type, sessions) -> node.put(line(type), sessions));
    }
}
