// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// What a client sends, line by line; copied to a capture while it is not encrypted. Used by one
/// thread.
final class WireInput {
    private static final int MAX_LINE = 4096;
    private static final int MAX_MESSAGE = 64 * 1024 * 1024;

    private final InputStream in;
    private final Optional<WireCapture> capture;
    private final byte[] buffer = new byte[8192];
    private int next;
    private int end;

    WireInput(InputStream in, Optional<WireCapture> capture) {
        this.in = in;
        this.capture = capture;
    }

    private int read() throws IOException {
        if (next == end) {
            next = 0;
            end = Math.max(0, in.read(buffer));
            if (end == 0) {
                throw new EOFException("the client has closed");
            }
            capture.ifPresent(wire -> wire.add(buffer, 0, end));
        }
        return buffer[next++] & 0xff;
    }

    /// One line without its CRLF; a bare LF does not end a line (RFC 5321 §2.3.8).
    String line() throws IOException {
        var line = new ByteArrayOutputStream();
        int last = -1;
        while (true) {
            int octet = read();
            if (last == '\r' && octet == '\n') {
                byte[] whole = line.toByteArray();
                return new String(whole, 0, whole.length - 1, StandardCharsets.UTF_8);
            }
            if (line.size() == MAX_LINE) {
                throw new IOException("a command line is too long");
            }
            line.write(octet);
            last = octet;
        }
    }

    /// A message up to its final dot, with the dots that transparency added taken away (RFC 5321
    /// §4.5.2).
    byte[] message() throws IOException {
        var message = new ByteArrayOutputStream();
        boolean atLineStart = true;
        int last = -1;
        while (message.size() < MAX_MESSAGE) {
            int octet = read();
            if (atLineStart && octet == '.') {
                octet = read();
                if (octet == '\r') {
                    octet = read();
                    if (octet == '\n') {
                        return message.toByteArray();
                    }
                    message.write('\r');
                }
            }
            message.write(octet);
            atLineStart = last == '\r' && octet == '\n';
            last = octet;
        }
        throw new IOException("the message is too large");
    }

    /// The content of one TLS record (RFC 8446 §5.1), such as a ClientHello.
    byte[] record() throws IOException {
        for (int i = 0; i < 3; i++) {
            read();
        }
        byte[] content = new byte[(read() << 8) | read()];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) read();
        }
        return content;
    }

    /// Forgets what was read ahead.
    void dropReadAhead() {
        next = end;
    }

    /// Reads on until the client closes.
    void drain() throws IOException {
        while (true) {
            next = end;
            read();
        }
    }

    static InputStream nothing() {
        return new ByteArrayInputStream(new byte[0]);
    }
}
