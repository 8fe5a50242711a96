// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Another server's dialogues: the same commands must give the same reply codes and at least the same capabilities.
class DialogueCorpusTest {
    /// What our server answers otherwise, and why.
    private static final Map<String, String> WAIVED = Map.of(
            "250-AUTH LOGIN PLAIN", "AUTH is not offered by this session",
            "250-AUTH=LOGIN PLAIN", "AUTH is not offered by this session",
            "250.*", "the first line names the host",
            "451 Unable to process request", "we answer injection with 554 and end the session: checked on its own");

    @Test
    void aMessageIsTakenIn() throws IOException {
        replay("smtp/james-helo.test");
    }

    @Test
    void tlsIsOfferedAndBegun() throws IOException {
        replay("smtp/james-starttls.test");
    }

    @Test
    void injectionAfterStartTlsIsRefused() throws IOException {
        assertThat(replay("smtp/james-starttls_with_injection.test").map(ScriptedConnection::encrypted))
                .isNotEqualTo(Optional.of(true));
    }

    /// james-authplain.test needs AUTH, which this session does not offer: it must be refused, whatever follows.
    @Test
    void authIsRefused() throws IOException {
        for (ScriptedConnection connection :
                play("smtp/james-authplain.test").stream().toList()) {
            assertThat(Serve.codesIn(connection.replies()))
                    .startsWith("220 502 ")
                    .doesNotContain("235");
        }
    }

    private static Optional<ScriptedConnection> replay(String file) throws IOException {
        Optional<ScriptedConnection> played = play(file);
        for (ScriptedConnection connection : played.stream().toList()) {
            Set<String> got = Set.copyOf(connection
                    .replies()
                    .lines()
                    .map(DialogueCorpusTest::essence)
                    .toList());
            for (String line : Corpus.lines(file).orElseThrow()) {
                String expected = line.startsWith("S: ") ? line.substring(3) : "";
                if (!expected.isEmpty() && !WAIVED.containsKey(expected)) {
                    assertThat(got).as(file).contains(essence(expected));
                }
            }
        }
        return played;
    }

    /// A capability, or the codes of any other reply.
    private static String essence(String line) {
        String text = line.substring(4);
        if (line.startsWith("250") && text.matches("[A-Z0-9]+")) {
            return text;
        }
        return text.matches("\\d\\.\\d\\.\\d .*") ? line.substring(0, 9) : line.substring(0, 3);
    }

    private static Optional<ScriptedConnection> play(String file) throws IOException {
        Optional<List<String>> lines = Corpus.lines(file);
        if (lines.isEmpty()) {
            return Optional.empty();
        }
        var segments = new ArrayList<String>();
        for (String line : lines.get()) {
            if (line.startsWith("C:")) {
                String text = line.substring(Math.min(3, line.length())).replace("\\r\\n", "\r\n");
                segments.add(text.endsWith("\r\n") ? text : text + "\r\n");
            }
        }
        var connection = new ScriptedConnection(
                ScriptedInput.of(segments.toArray(String[]::new)),
                file.contains("starttls") ? Optional.of(ScriptedInput.of()) : Optional.empty());
        Serve.run(connection, new RecordingReception());
        return Optional.of(connection);
    }
}
