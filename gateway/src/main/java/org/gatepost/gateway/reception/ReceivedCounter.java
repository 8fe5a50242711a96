// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/// Passes a message's content on and counts the `Received` fields of its header (RFC 5321 §6.3).
final class ReceivedCounter extends FilterOutputStream {
    private static final String FIELD = "received:";

    private int count;
    private int column;
    private boolean matching = true;
    private boolean inHeader = true;

    ReceivedCounter(OutputStream out) {
        super(out);
    }

    int count() {
        return count;
    }

    @Override
    public void write(int octet) throws IOException {
        out.write(octet);
        scan((byte) octet);
    }

    @Override
    public void write(byte[] octets, int offset, int length) throws IOException {
        out.write(octets, offset, length);
        for (int i = offset; inHeader && i < offset + length; i++) {
            scan(octets[i]);
        }
    }

    private void scan(byte octet) {
        if (!inHeader || octet == '\r') {
            return;
        }
        if (octet == '\n') {
            inHeader = column > 0;
            column = 0;
            matching = true;
            return;
        }
        if (matching && column < FIELD.length()) {
            matching = Character.toLowerCase((char) octet) == FIELD.charAt(column);
            if (matching && column == FIELD.length() - 1) {
                count++;
            }
        }
        column++;
    }
}
