// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.sending;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.reports.sending.OutgoingReport;
import org.gatepost.gateway.reports.sending.RecordLookup.Wanted;
import org.gatepost.names.DomainName;
import org.gatepost.policy.PrintableText;
import org.gatepost.spool.PlannedReports.Refusals;
import org.gatepost.spool.ReportPlan;
import org.gatepost.spool.ReportPlan.Target;
import org.gatepost.tlsrpt.ReportUri;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Prints reports one after the other, as text or as JSON.
public interface SendingOutput {
    /// One report and what is known of it.
    ///
    /// @param plan empty before the day is closed
    /// @param wanted what the record says now; empty when it was not asked for
    /// @param report itself; empty when it is not to be shown
    record Shown(
            LocalDate day,
            DomainName domain,
            Optional<ReportPlan> plan,
            Optional<Wanted> wanted,
            Optional<OutgoingReport> report) {
        /// Without the report itself.
        public Shown brief() {
            return new Shown(day, domain, plan, wanted, Optional.empty());
        }
    }

    void report(Shown report);

    /// After the last one.
    void end(List<Refusals> suppressed);

    static SendingOutput of(boolean json, PrintWriter out) {
        return json ? new Json(out) : new Text(out);
    }

    /// For people.
    final class Text implements SendingOutput {
        private final PrintWriter out;
        private long count;

        Text(PrintWriter out) {
            this.out = out;
        }

        @Override
        public void report(Shown report) {
            out.println(report.day() + "  " + report.domain());
            report.plan().ifPresent(this::plan);
            report.wanted().ifPresent(this::wanted);
            report.report().ifPresent(one -> {
                out.println("  file       " + one.filename() + " (" + one.gzip().length + " octets)");
                out.println(
                        new String(one.json(), StandardCharsets.UTF_8).indent(4).stripTrailing());
            });
            out.println();
            count++;
        }

        private void plan(ReportPlan plan) {
            out.println("  report id  " + plan.reportId());
            out.println("  state      " + plan.state() + ", tries: " + plan.tries()
                    + plan.due().map(due -> ", next try " + due).orElse(""));
            if (!plan.line().isEmpty()) {
                out.println("  last try   " + plan.line());
            }
            for (Target target : plan.targets()) {
                out.println("  " + PrintableText.line(target.uri(), 300) + "  " + target.state()
                        + (target.line().isEmpty() ? "" : ": " + target.line()));
            }
        }

        private void wanted(Wanted wanted) {
            out.println("  record     "
                    + switch (wanted) {
                        case Wanted.At(List<ReportUri> rua) ->
                            "would go to "
                                    + String.join(
                                            ", ",
                                            rua.stream()
                                                    .map(ReportUri::toString)
                                                    .toList());
                        case Wanted.NotAtAll(String line) -> "not asked for: " + line;
                        case Wanted.Unknown(String line) -> "unknown: " + line;
                    });
        }

        @Override
        public void end(List<Refusals> suppressed) {
            out.println(count + (count == 1 ? " report" : " reports"));
            for (Refusals one : suppressed) {
                out.println("<" + one.mailbox() + "> refused " + one.inARow() + " reports in a row; none until "
                        + one.suppressedUntil().map(Object::toString).orElse("now"));
            }
            out.flush();
        }
    }

    /// For programs: one object of the schema `gatepost-report/1`, written as it goes.
    final class Json implements SendingOutput {
        private static final JsonMapper MAPPER = JsonMapper.builder().build();
        private final PrintWriter out;
        private long count;

        Json(PrintWriter out) {
            this.out = out;
            out.print("{\"schema\":\"gatepost-report/1\",\"reports\":[");
        }

        @Override
        public void report(Shown report) {
            ObjectNode node = MAPPER.createObjectNode();
            node.put("day", report.day().toString());
            node.put("domain", report.domain().toString());
            report.plan().ifPresent(plan -> plan(node, plan));
            report.wanted().ifPresent(wanted -> wanted(node.putObject("record"), wanted));
            report.report().ifPresent(one -> {
                node.put("filename", one.filename());
                node.put("octets", one.gzip().length);
                node.set("report", MAPPER.readTree(one.json()));
            });
            out.println(count++ == 0 ? "" : ",");
            out.print(MAPPER.writeValueAsString(node));
        }

        private static void plan(ObjectNode node, ReportPlan plan) {
            node.put("report-id", plan.reportId());
            node.put("state", plan.state().toString());
            node.put("tries", plan.tries());
            plan.firstTry().ifPresent(first -> node.put("first-try", first.toString()));
            plan.due().ifPresent(due -> node.put("next-try", due.toString()));
            node.put("last-try", plan.line());
            ArrayNode targets = node.putArray("addresses");
            for (Target target : plan.targets()) {
                ObjectNode one = targets.addObject();
                one.put("uri", target.uri());
                one.put("state", target.state().toString());
                one.put("line", target.line());
                target.message().ifPresent(id -> one.put("message", id.toString()));
            }
        }

        private static void wanted(ObjectNode node, Wanted wanted) {
            switch (wanted) {
                case Wanted.At(List<ReportUri> rua) -> {
                    ArrayNode uris = node.putArray("rua");
                    rua.forEach(uri -> uris.add(uri.toString()));
                }
                case Wanted.NotAtAll(String line) -> node.put("none", line);
                case Wanted.Unknown(String line) -> node.put("unknown", line);
            }
        }

        @Override
        public void end(List<Refusals> suppressed) {
            ArrayNode mailboxes = MAPPER.createArrayNode();
            for (Refusals one : suppressed) {
                ObjectNode node = mailboxes.addObject();
                node.put("mailbox", one.mailbox());
                node.put("refused-in-a-row", one.inARow());
                one.suppressedUntil().ifPresent(until -> node.put("until", until.toString()));
            }
            out.println("\n],\"suppressed\":" + MAPPER.writeValueAsString(mailboxes) + "}");
            out.flush();
        }
    }
}
