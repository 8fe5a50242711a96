// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.report;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import org.gatepost.tlsrpt.Deviation;
import org.gatepost.tlsrpt.FailureAdvice;
import org.gatepost.tlsrpt.ReportSummary;
import org.gatepost.tlsrpt.ReportSummary.Kind;
import org.gatepost.tlsrpt.ReportSummary.Line;
import org.gatepost.tlsrpt.ReportSummary.Ranking;
import org.gatepost.tlsrpt.ReportSummary.Row;

/// What reports say together, for people: what failed and what to do about it first, then the sums, then what
/// is wrong
/// with the reports themselves.
public final class ReportText {
    private final PrintWriter out;
    private final int width;
    private final int most;

    /// @param width of the terminal, in columns
    /// @param most lines of each table
    public ReportText(PrintWriter out, int width, int most) {
        this.out = out;
        this.width = width;
        this.most = most;
    }

    public void print(ReportScan.Result files, ReportSummary summary) {
        head(files, summary);
        failures(summary.failures());
        failedRows(summary.rows());
        sums("By domain", summary.domains());
        sums("By sender", summary.senders());
        sums("By day", summary.days());
        sums("By policy", summary.policyTypes());
        deviations(summary.deviations());
        unreadable(files);
    }

    private void head(ReportScan.Result files, ReportSummary summary) {
        out.println(number(files.files()) + " files: " + number(summary.reports()) + " reports, "
                + number(summary.duplicates()) + " duplicates, " + number(files.unreadable()) + " unreadable");
        long all = summary.successful() + summary.failed();
        String share = all == 0 ? "" : String.format(Locale.ROOT, " (%.2f %%)", 100.0 * summary.failed() / all);
        out.println(number(all) + " sessions: " + number(summary.successful()) + " as the policy wants them, "
                + number(summary.failed()) + " failed" + share);
        if (summary.duplicatesUnsure()) {
            wrapped(0, "There are too many reports to remember them all: of the later ones, some may count twice.");
        }
    }

    private void failures(Ranking<Kind> failures) {
        if (failures.lines().isEmpty()) {
            return;
        }
        out.println();
        out.println("What failed, worst first");
        for (Line<Kind> line : first(failures.lines())) {
            Kind kind = line.key();
            FailureAdvice advice = kind.advice();
            out.println();
            String reason = kind.reasonCode().isEmpty() ? "" : " (" + kind.reasonCode() + ")";
            wrapped(
                    2,
                    number(line.failed()) + " × " + kind.resultType() + reason + ", policy "
                            + shown(kind.policyType()));
            wrapped(6, "Likely: " + advice.cause() + ".");
            wrapped(6, "To do:  " + advice.fix() + ".");
            wrapped(6, "Whose:  " + advice.owner());
        }
        more(failures);
    }

    private void failedRows(Ranking<Row> rows) {
        var table = new TextTable(1, "failed", "domain", "sender", "day", "policy", "failure", "MX host");
        List<Line<Row>> failed =
                rows.lines().stream().filter(line -> line.failed() > 0).toList();
        for (Line<Row> line : first(failed)) {
            Row row = line.key();
            table.row(
                    number(line.failed()),
                    shown(row.domain()),
                    shown(row.sender()),
                    row.day().toString(),
                    shown(row.policyType()),
                    row.resultType(),
                    shown(row.mxHost()));
        }
        if (!failed.isEmpty()) {
            print("Where it failed", table);
            more(new Ranking<>(failed, rows.others()));
        }
    }

    private void sums(String title, Ranking<?> ranking) {
        if (ranking.lines().isEmpty()) {
            return;
        }
        var table = new TextTable(2, "failed", "succeeded", "");
        BiConsumer<String, long[]> row = (key, counts) -> table.row(number(counts[0]), number(counts[1]), shown(key));
        first(ranking.lines())
                .forEach(line -> row.accept(line.key().toString(), new long[] {line.failed(), line.successful()}));
        ranking.others()
                .ifPresent(others -> row.accept("(all others)", new long[] {others.failed(), others.successful()}));
        print(title, table);
        more(ranking.lines().size());
    }

    private void deviations(Ranking<Deviation> deviations) {
        if (deviations.lines().isEmpty()) {
            return;
        }
        var table = new TextTable(1, "times", "place", "");
        for (Line<Deviation> line : first(deviations.lines())) {
            table.row(
                    number(line.failed()), shown(line.key().place()), line.key().rule());
        }
        print("What is not as RFC 8460 has it, and was taken all the same", table);
        more(deviations);
    }

    private void unreadable(ReportScan.Result files) {
        if (files.unreadable() == 0) {
            return;
        }
        out.println();
        out.println("Unreadable");
        for (ReportScan.Problem problem : first(files.problems())) {
            out.println("  " + problem.file().toString().replaceAll("\\p{Cntrl}", "?") + ": " + problem.reason());
        }
        more(Math.toIntExact(Math.min(files.unreadable(), Integer.MAX_VALUE)));
    }

    private void print(String title, TextTable table) {
        out.println();
        out.println(title);
        table.lines(width).forEach(out::println);
    }

    private <T> List<T> first(List<T> lines) {
        return lines.subList(0, Math.min(most, lines.size()));
    }

    private void more(Ranking<?> ranking) {
        more(ranking.lines().size());
        ranking.others()
                .ifPresent(others -> out.println("  and " + number(others.failed()) + " that had no room in the sums"));
    }

    private void more(int lines) {
        if (lines > most) {
            out.println("  … and " + number(lines - most) + " more (--rows)");
        }
    }

    private void wrapped(int indent, String text) {
        var line = new StringBuilder(" ".repeat(indent));
        int start = line.length();
        for (String word : text.split(" ", -1)) {
            if (line.length() > start && line.length() + 1 + word.length() > width) {
                out.println(line.toString().stripTrailing());
                line = new StringBuilder(" ".repeat(indent + 8));
                start = line.length();
            }
            line.append(line.length() > start ? " " : "").append(word);
        }
        out.println(line);
    }

    private static String shown(String text) {
        return text.isEmpty() ? "–" : text;
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
