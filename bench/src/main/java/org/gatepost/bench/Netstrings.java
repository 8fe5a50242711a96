// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// The framing of Postfix's socketmap protocol: length, colon, octets, comma.
final class Netstrings {
    private static final int LONGEST = 100_000;

    private Netstrings() {}

    static void write(OutputStream output, String text) throws IOException {
        byte[] octets = text.getBytes(StandardCharsets.US_ASCII);
        output.write(Integer.toString(octets.length).getBytes(StandardCharsets.US_ASCII));
        output.write(':');
        output.write(octets);
        output.write(',');
    }

    /// @throws EOFException when the stream ends, between two strings or within one
    static String read(InputStream input) throws IOException {
        int length = 0;
        for (int c = input.read(); c != ':'; c = input.read()) {
            if (c < '0' || c > '9' || length > LONGEST) {
                if (c < 0) {
                    throw new EOFException();
                }
                throw new IOException("not a netstring");
            }
            length = 10 * length + c - '0';
        }
        byte[] octets = input.readNBytes(length);
        if (octets.length < length || input.read() != ',') {
            throw new EOFException();
        }
        return new String(octets, StandardCharsets.US_ASCII);
    }
}
