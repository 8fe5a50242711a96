// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextTableTest {
    @Test
    void columnsAreAsWideAsWhatTheyHold() {
        var table = new TextTable(1, "times", "domain", "");
        table.row("7", "a.example", "x");
        table.row("1,234,567", "b", "");
        assertThat(table.lines(80))
                .containsExactly("      times  domain", "          7  a.example  x", "  1,234,567  b");
    }

    @Test
    void theWidestColumnIsCutUntilTheLineFits() {
        var table = new TextTable(1, "n", "first", "second");
        table.row("123,456", "x".repeat(30), "y".repeat(60));
        assertThat(table.lines(60)).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(60));
        assertThat(table.lines(60).get(1)).isEqualTo("  123,456  " + "x".repeat(22) + "…  " + "y".repeat(23) + "…");
    }

    @Test
    void numbersAreNeverCut() {
        var table = new TextTable(2, "n", "m", "text");
        table.row("1,234,567,890", "1,234,567,890", "a longer text");
        assertThat(table.lines(20).get(1))
                .contains("1,234,567,890  1,234,567,890")
                .endsWith("a longe…");
    }
}
