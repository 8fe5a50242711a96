// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.report;

import java.io.PrintWriter;
import java.util.function.Consumer;
import org.gatepost.tlsrpt.Deviation;
import org.gatepost.tlsrpt.FailureAdvice;
import org.gatepost.tlsrpt.ReportSummary;
import org.gatepost.tlsrpt.ReportSummary.Kind;
import org.gatepost.tlsrpt.ReportSummary.Line;
import org.gatepost.tlsrpt.ReportSummary.Ranking;
import org.gatepost.tlsrpt.ReportSummary.Row;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

/// What reports say together, as JSON of the schema `gatepost-report-read/1`, written as it is made.
public final class ReportJson {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final JsonGenerator json;

    private ReportJson(JsonGenerator json) {
        this.json = json;
    }

    /// One JSON object, indented, ended by a line feed. The writer stays open.
    public static void write(PrintWriter out, ReportScan.Result files, ReportSummary summary) {
        JsonGenerator generator = MAPPER.writerWithDefaultPrettyPrinter().createGenerator(out);
        new ReportJson(generator).document(files, summary);
        generator.flush();
        out.println();
    }

    private void document(ReportScan.Result files, ReportSummary summary) {
        json.writeStartObject();
        json.writeStringProperty("schema", "gatepost-report-read/1");
        json.writeNumberProperty("files", files.files());
        json.writeNumberProperty("unreadable", files.unreadable());
        json.writeNumberProperty("reports", summary.reports());
        json.writeNumberProperty("duplicates", summary.duplicates());
        json.writeBooleanProperty("duplicates-unsure", summary.duplicatesUnsure());
        counts(summary.successful(), summary.failed());
        ranking("failures", summary.failures(), this::kind);
        ranking("domains", summary.domains(), domain -> json.writeStringProperty("domain", domain));
        ranking("senders", summary.senders(), sender -> json.writeStringProperty("sender", sender));
        ranking("days", summary.days(), day -> json.writeStringProperty("day", day.toString()));
        ranking("policy-types", summary.policyTypes(), type -> json.writeStringProperty("policy-type", type));
        ranking("rows", summary.rows(), this::row);
        json.writeArrayPropertyStart("deviations");
        summary.deviations().lines().forEach(this::deviation);
        json.writeEndArray();
        json.writeArrayPropertyStart("problems");
        files.problems().forEach(this::problem);
        json.writeEndArray();
        json.writeEndObject();
    }

    private <K> void ranking(String name, Ranking<K> ranking, Consumer<K> key) {
        json.writeArrayPropertyStart(name);
        for (Line<K> line : ranking.lines()) {
            json.writeStartObject();
            key.accept(line.key());
            counts(line.successful(), line.failed());
            json.writeEndObject();
        }
        json.writeEndArray();
        ranking.others().ifPresent(others -> {
            json.writeObjectPropertyStart(name + "-without-room");
            counts(others.successful(), others.failed());
            json.writeEndObject();
        });
    }

    private void counts(long successful, long failed) {
        json.writeNumberProperty("successful", successful);
        json.writeNumberProperty("failed", failed);
    }

    private void kind(Kind kind) {
        FailureAdvice advice = kind.advice();
        json.writeStringProperty("policy-type", kind.policyType());
        json.writeStringProperty("result-type", kind.resultType());
        json.writeStringProperty("failure-reason-code", kind.reasonCode());
        json.writeStringProperty("likely-cause", advice.cause());
        json.writeStringProperty("fix", advice.fix());
        json.writeStringProperty("owner", advice.owner().toString());
    }

    private void row(Row row) {
        json.writeStringProperty("domain", row.domain());
        json.writeStringProperty("sender", row.sender());
        json.writeStringProperty("day", row.day().toString());
        json.writeStringProperty("policy-type", row.policyType());
        json.writeStringProperty("result-type", row.resultType());
        json.writeStringProperty("receiving-mx-hostname", row.mxHost());
    }

    private void deviation(Line<Deviation> line) {
        json.writeStartObject();
        json.writeStringProperty("place", line.key().place());
        json.writeStringProperty("rule", line.key().rule());
        json.writeNumberProperty("times", line.failed());
        json.writeEndObject();
    }

    private void problem(ReportScan.Problem problem) {
        json.writeStartObject();
        json.writeStringProperty("file", problem.file().toString());
        json.writeStringProperty("reason", problem.reason());
        json.writeEndObject();
    }
}
