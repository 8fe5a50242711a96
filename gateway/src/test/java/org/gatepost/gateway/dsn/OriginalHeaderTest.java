// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dsn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class OriginalHeaderTest {
    @Test
    void theBodyIsLeftOut() throws IOException {
        assertThat(read("Subject: a\r\nTo: b\r\n\r\nsecret\r\n")).isEqualTo("Subject: a\r\nTo: b\r\n");
    }

    @Test
    void aHeaderOfAnySizeIsCutAtALineEnd() throws IOException {
        String header = "X-Padding: 0123456789\r\n".repeat(5000);
        String read = read(header);
        assertThat(read.length()).isBetween(30_000, 32_768);
        assertThat(read).endsWith("\r\n");
    }

    @Test
    void aMessageWithoutAnyLineEndHasNoHeaderToShow() throws IOException {
        assertThat(read("x".repeat(50_000))).isEmpty();
    }

    @Test
    void linesThatNoReportMayHoldAreCut() throws IOException {
        assertThat(read("X-Long: " + "y".repeat(5000) + "\r\nSubject: a\r\n\r\n")
                        .lines())
                .allMatch(line -> line.length() <= 998)
                .contains("Subject: a");
    }

    @Test
    void octetsOfUnknownCharsetAreNotPassedOffAsText() throws IOException {
        byte[] latin = "Subject: caf\u00e9\r\nTo: b\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

        assertThat(OriginalHeader.read(new ByteArrayInputStream(latin))).isEqualTo("Subject: caf?\r\nTo: b\r\n");
    }

    @Test
    void utf8IsKept() throws IOException {
        byte[] utf8 = "Subject: caf\u00e9\r\n\r\n".getBytes(StandardCharsets.UTF_8);

        assertThat(OriginalHeader.read(new ByteArrayInputStream(utf8))).isEqualTo("Subject: caf\u00e9\r\n");
    }

    private static String read(String content) throws IOException {
        return OriginalHeader.read(new ByteArrayInputStream(content.getBytes(StandardCharsets.US_ASCII)));
    }
}
