// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What is sent with dot-stuffing is read back without it, whatever it is made of.
class WireInputProperties {
    private static final long SEED = 7672;
    private static final String[] PIECES = {".", "..", "\r", "\n", "\r\n", "\r\n.", "a", "\u00ff", ".\r", "\r\r\n"};

    private static WireInput input(String octets, WireCapture capture) {
        var stream = new ByteArrayInputStream(octets.getBytes(StandardCharsets.ISO_8859_1));
        return new WireInput(stream, Optional.of(capture));
    }

    private static String stuffed(String message) {
        String inner = message.replace("\r\n.", "\r\n..");
        return (inner.startsWith(".") ? "." : "") + inner + ".\r\n";
    }

    @Test
    void anyMessageComesOutAsItWentIn() throws IOException {
        var random = new Random(SEED);
        for (int run = 0; run < 5000; run++) {
            var message = new StringBuilder();
            for (int i = random.nextInt(12); i > 0; i--) {
                message.append(PIECES[random.nextInt(PIECES.length)]);
            }
            message.append("\r\n");
            var capture = new WireCapture();
            WireInput in = input(stuffed(message.toString()) + "QUIT\r\n", capture);

            assertThat(new String(in.message(), StandardCharsets.ISO_8859_1))
                    .as("seed %d, run %d", SEED, run)
                    .isEqualTo(message.toString());
            assertThat(in.line()).isEqualTo("QUIT");
            assertThat(capture.clearText()).endsWith("QUIT\r\n");
        }
    }

    @Test
    void aMessageThatBreaksOffIsNoMessage() {
        assertThatThrownBy(() -> input("half\r\n", new WireCapture()).message()).isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> input("x\n.\nQUIT\n", new WireCapture()).message())
                .isInstanceOf(EOFException.class);
    }

    @Test
    void aLineWithoutEndIsGivenUp() {
        assertThatThrownBy(() -> input("x".repeat(5000), new WireCapture()).line())
                .isInstanceOf(IOException.class)
                .hasMessage("a command line is too long");
    }
}
