// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Reads a server's replies, within bounds.
///
/// Lenient where it does no harm: text may be missing (RFC 5321 §4.2), a line may end in LF alone, text may be
/// of any charset. Strict where leniency would guess: codes that are no codes, and codes that change within one
/// reply.
///
/// @spec https://www.rfc-editor.org/rfc/rfc5321 RFC 5321 §4.2: Reply-line
final class ReplyReader {
    /// Octets of a reply line without its end; the RFC's 512 are often exceeded.
    static final int MAXIMUM_LINE = 2048;

    /// Lines of a reply.
    static final int MAXIMUM_LINES = 128;

    private final InputStream in;
    private final byte[] buffer = new byte[4096];
    private int position;
    private int limit;

    ReplyReader(InputStream in) {
        this.in = in;
    }

    /// Whether octets have been read that belong to no reply so far.
    boolean hasBuffered() {
        return position < limit;
    }

    /// @throws EOFException when the server closes the connection before the reply is complete
    /// @throws SmtpProtocolException when what it sends is no reply
    Reply read(Phase phase) throws IOException {
        var texts = new ArrayList<String>();
        int code = 0;
        while (true) {
            String line = readLine(phase);
            int lineCode = code(phase, line);
            if (!texts.isEmpty() && lineCode != code) {
                throw new SmtpProtocolException(phase, "the code changes within the reply (RFC 5321 §4.2.1)");
            }
            code = lineCode;
            texts.add(line.length() > 4 ? line.substring(4) : "");
            if (line.length() == 3 || line.charAt(3) == ' ') {
                return reply(phase, code, texts);
            }
            if (texts.size() == MAXIMUM_LINES) {
                throw new SmtpProtocolException(phase, "more than " + MAXIMUM_LINES + " lines");
            }
        }
    }

    private static int code(Phase phase, String line) throws SmtpProtocolException {
        boolean wellFormed = line.length() >= 3
                && line.charAt(0) >= '2'
                && line.charAt(0) <= '5'
                && isDigit(line.charAt(1))
                && isDigit(line.charAt(2))
                && (line.length() == 3 || line.charAt(3) == ' ' || line.charAt(3) == '-');
        if (!wellFormed) {
            throw new SmtpProtocolException(phase, "not a reply line (RFC 5321 §4.2)");
        }
        return (line.charAt(0) - '0') * 100 + (line.charAt(1) - '0') * 10 + (line.charAt(2) - '0');
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static Reply reply(Phase phase, int code, List<String> texts) {
        // RFC 2034 §3: never in the greeting and in the reply to EHLO, whose text has a grammar of its own.
        if (phase == Phase.BANNER || phase == Phase.EHLO) {
            return new Reply(code, Optional.empty(), texts);
        }
        Optional<EnhancedStatusCode> enhanced =
                EnhancedStatusCode.find(firstWord(texts.getFirst())).filter(found -> found.klass() == code / 100);
        if (enhanced.isEmpty()) {
            return new Reply(code, Optional.empty(), texts);
        }
        String prefix = enhanced.get().toString();
        List<String> stripped = texts.stream()
                .map(text -> firstWord(text).equals(prefix)
                        ? text.substring(prefix.length()).stripLeading()
                        : text)
                .toList();
        return new Reply(code, enhanced, stripped);
    }

    private static String firstWord(String text) {
        int space = text.indexOf(' ');
        return space < 0 ? text : text.substring(0, space);
    }

    private String readLine(Phase phase) throws IOException {
        byte[] line = new byte[128];
        int length = 0;
        while (true) {
            if (position == limit) {
                fill();
            }
            byte octet = buffer[position++];
            if (octet == '\n') {
                return text(line, length > 0 && line[length - 1] == '\r' ? length - 1 : length);
            }
            if (length == MAXIMUM_LINE) {
                throw new SmtpProtocolException(phase, "a line of more than " + MAXIMUM_LINE + " octets");
            }
            if (length == line.length) {
                line = Arrays.copyOf(line, line.length * 2);
            }
            line[length++] = octet;
        }
    }

    private void fill() throws IOException {
        int count = in.read(buffer, 0, buffer.length);
        if (count <= 0) {
            throw new EOFException("closed by the server");
        }
        position = 0;
        limit = count;
    }

    private static String text(byte[] line, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return new String(line, 0, length, StandardCharsets.ISO_8859_1);
        }
    }
}
