// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Sequences that some server takes for the end of a message: none splits one here, and none is passed on.
class SmugglingCorpusTest {
    private static final String SMUGGLED =
            "MAIL FROM:<evil@x.example>|RCPT TO:<b@our.example>|DATA|smuggled|".replace("|", "\r\n");

    private static List<String> sequences() throws IOException {
        Optional<List<String>> lines = Corpus.lines("smtp/smuggling-eod.tsv");
        if (lines.isEmpty()) {
            return List.of();
        }
        List<String> sequences = lines.get().stream()
                .filter(line -> !line.startsWith("#") && !line.isBlank())
                .map(line -> line.substring(0, line.indexOf('\t')))
                .map(hex -> new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1))
                .toList();
        assertThat(sequences).hasSizeGreaterThanOrEqualTo(9);
        return sequences;
    }

    @Test
    void noSequenceSplitsAMessageComingIn() throws IOException {
        for (String sequence : sequences()) {
            for (String before : List.of("first", "first\r\n", "")) {
                var reception = new RecordingReception();
                String sent = before + sequence + SMUGGLED + ".\r\n";
                String replies = serve(sent, reception);
                assertThat(Serve.codesIn(replies)).as(sequence).isEqualTo("220 250 250 250 354 554");
                assertThat(reception.messages).isEmpty();
            }
        }
    }

    private static String serve(String content, RecordingReception reception) {
        var segments = new ArrayList<byte[]>();
        for (String part : (Serve.ENVELOPE + "|DATA\r\n|" + content).split("\\|", -1)) {
            segments.add(part.getBytes(StandardCharsets.ISO_8859_1));
        }
        var connection = new ScriptedConnection(ScriptedInput.ofOctets(segments), Optional.empty());
        Serve.run(connection, reception);
        return connection.replies();
    }

    @Test
    void noSequenceIsPassedOn() throws IOException {
        for (String sequence : sequences()) {
            byte[] content = ("first" + sequence + SMUGGLED).getBytes(StandardCharsets.ISO_8859_1);
            assertThatThrownBy(() -> DotStuffing.copy(new ByteArrayInputStream(content), new ByteArrayOutputStream()))
                    .isInstanceOf(ContentSourceException.class);
        }
    }
}
