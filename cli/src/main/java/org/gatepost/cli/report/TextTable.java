// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A table that fits the terminal: columns as wide as what they hold, the widest cut until the line fits.
/// Numbers stand
/// at the right and are never cut.
public final class TextTable {
    private static final int GAP = 2;
    private static final int NARROWEST = 8;

    private final List<String> head;
    private final int numbers;
    private final List<List<String>> rows = new ArrayList<>();

    /// @param numbers how many of the first columns hold numbers
    public TextTable(int numbers, String... head) {
        this.numbers = numbers;
        this.head = List.of(head);
    }

    public void row(String... cells) {
        rows.add(List.of(cells));
    }

    /// The lines, indented by two.
    public List<String> lines(int width) {
        int[] widths = widths(width - GAP);
        var lines = new ArrayList<String>();
        lines.add(line(head, widths));
        rows.forEach(row -> lines.add(line(row, widths)));
        return lines;
    }

    private int[] widths(int width) {
        int[] widths = IntStream.range(0, head.size()).map(this::natural).toArray();
        int excess = IntStream.of(widths).sum() + GAP * (widths.length - 1) - width;
        while (excess > 0) {
            int widest = numbers;
            for (int i = numbers; i < widths.length; i++) {
                widest = widths[i] > widths[widest] ? i : widest;
            }
            if (widest >= widths.length || widths[widest] <= NARROWEST) {
                break;
            }
            widths[widest]--;
            excess--;
        }
        return widths;
    }

    private int natural(int column) {
        int widest = head.get(column).length();
        for (List<String> row : rows) {
            widest = Math.max(widest, row.get(column).length());
        }
        return widest;
    }

    private String line(List<String> cells, int[] widths) {
        return IntStream.range(0, cells.size())
                .mapToObj(i -> cell(cells.get(i), widths[i], i < numbers))
                .collect(Collectors.joining(" ".repeat(GAP), " ".repeat(GAP), ""))
                .stripTrailing();
    }

    private static String cell(String text, int width, boolean number) {
        if (text.length() > width) {
            return text.substring(0, width - 1) + "…";
        }
        String blanks = " ".repeat(width - text.length());
        return number ? blanks + text : text + blanks;
    }
}
