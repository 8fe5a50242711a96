// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DotStuffingProperties {
    private final Random random = new Random(20261124);

    @Test
    void contentSurvivesStuffingAndUnstuffing() throws IOException {
        for (int round = 0; round < 3000; round++) {
            String content = randomLines();
            String received = roundTrip(content);
            String expected = content.isEmpty() || content.endsWith("\r\n") ? content : content + "\r\n";
            assertThat(received).isEqualTo(expected);
        }
    }

    @Test
    void stuffedContentHoldsNoEndOfMessage() throws IOException {
        for (int round = 0; round < 3000; round++) {
            String wire = "\r\n" + stuff(randomLines());
            assertThat(wire).doesNotContain("\r\n.\r\n");
        }
    }

    /// Whatever a client sends, the server finds the end exactly where CRLF `.` CRLF first stands, keeps the message
    /// only when every line break before it is a CRLF, and takes nothing before it for a command.
    @Test
    void theServerAgreesWithAPlainSearchForTheEnd() throws IOException {
        String alphabet = "\r\n\r\n..ab\r\n.\r\n";
        int kept = 0;
        for (int round = 0; round < 20_000; round++) {
            var noise = new StringBuilder();
            for (int i = random.nextInt(16); i > 0; i--) {
                noise.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            String sent = noise + "\r\n.\r\n";
            String model = ("\r\n" + sent).substring(2, ("\r\n" + sent).indexOf("\r\n.\r\n") + 2);
            var reception = new RecordingReception();

            receive(sent, reception);

            boolean clean = !model.replace("\r\n", "").matches("(?s).*[\r\n].*");
            assertThat(reception.messages).as(sent).hasSize(clean ? 1 : 0);
            if (clean) {
                assertThat(reception.messages.getFirst().text()).isEqualTo(unstuffed(model));
                kept++;
            }
        }
        assertThat(kept).isPositive();
    }

    private static String unstuffed(String model) {
        return model.replaceAll("(^|\r\n)\\.", "$1");
    }

    private String roundTrip(String content) throws IOException {
        var reception = new RecordingReception();
        receive(stuff(content) + ".\r\n", reception);
        return reception.messages.getFirst().latin1();
    }

    private static String stuff(String content) throws IOException {
        var wire = new ByteArrayOutputStream();
        DotStuffing.copy(new java.io.ByteArrayInputStream(content.getBytes(StandardCharsets.ISO_8859_1)), wire);
        return wire.toString(StandardCharsets.ISO_8859_1);
    }

    private void receive(String wire, RecordingReception reception) {
        var segments = new ArrayList<byte[]>();
        for (String command : List.of("EHLO x\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<b@our.example>\r\n", "DATA\r\n")) {
            segments.add(command.getBytes(StandardCharsets.US_ASCII));
        }
        segments.addAll(Segments.of(wire.getBytes(StandardCharsets.ISO_8859_1), random));
        Serve.run(new ScriptedConnection(ScriptedInput.ofOctets(segments), Optional.empty()), reception);
    }

    private String randomLines() {
        var content = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            content.append(".".repeat(random.nextInt(3)));
            int length = random.nextInt(8) == 0 ? random.nextInt(1500) : random.nextInt(5);
            for (int j = 0; j < length; j++) {
                int octet = random.nextInt(256);
                content.append(octet == 0 || octet == '\r' || octet == '\n' ? '.' : (char) octet);
            }
            if (i > 1 || random.nextInt(4) > 0) {
                content.append("\r\n");
            }
        }
        return content.toString();
    }
}
