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

    private static String read(String content) throws IOException {
        return OriginalHeader.read(new ByteArrayInputStream(content.getBytes(StandardCharsets.US_ASCII)));
    }
}
