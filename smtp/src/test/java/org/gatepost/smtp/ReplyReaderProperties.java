// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReplyReaderProperties {
    private final Random random = new Random(20261123);

    @Test
    void whatTheServerWritesTheClientReads() throws IOException {
        for (int round = 0; round < 2000; round++) {
            Reply reply = randomReply();
            var wire = new ByteArrayOutputStream();
            var writer = new ReplyWriter(wire);
            writer.write(reply);
            writer.flush();
            var reader = new ReplyReader(ScriptedInput.ofOctets(Segments.of(wire.toByteArray(), random)));
            assertThat(reader.read(Phase.RCPT)).isEqualTo(reply);
            assertThat(reader.hasBuffered()).isFalse();
        }
    }

    @Test
    void anyOctetsGiveAReplyOrATypedFailure() throws IOException {
        String alphabet = "2250 -.\r\n\r\nab5\u00fc\u0000";
        int replies = 0;
        for (int round = 0; round < 20_000; round++) {
            var text = new StringBuilder(random.nextBoolean() ? "250 " : "");
            for (int i = random.nextInt(24); i > 0; i--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                Reply reply = new ReplyReader(ScriptedInput.of(text.toString())).read(Phase.RCPT);
                assertThat(reply.lines()).isNotEmpty();
                assertThat(reply.toString().chars()).noneMatch(Character::isISOControl);
                replies++;
            } catch (SmtpProtocolException | EOFException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
        assertThat(replies).isPositive();
    }

    private Reply randomReply() {
        int code = (2 + random.nextInt(4)) * 100 + random.nextInt(100);
        int klass = code / 100;
        Optional<EnhancedStatusCode> enhanced = klass == 3 || random.nextBoolean()
                ? Optional.empty()
                : Optional.of(new EnhancedStatusCode(klass, random.nextInt(1000), random.nextInt(1000)));
        List<String> lines = new ArrayList<>();
        for (int i = random.nextInt(5); i >= 0; i--) {
            // A letter first, so that no text looks like an enhanced code.
            lines.add("t" + randomText(random.nextInt(400)));
        }
        return new Reply(code, enhanced, lines);
    }

    private String randomText(int length) {
        return random.ints(length, ' ', '~' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
