// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Every octet that a client sent outside TLS on one connection, as anybody in the path could read
/// it; cut at 64 MiB. Safe for use by many threads.
public final class WireCapture {
    private static final int MAX_OCTETS = 64 * 1024 * 1024;

    // Guarded by itself.
    private final ByteArrayOutputStream octets = new ByteArrayOutputStream();

    void add(byte[] source, int offset, int length) {
        synchronized (octets) {
            octets.write(source, offset, Math.min(length, MAX_OCTETS - octets.size()));
        }
    }

    /// The octets so far, each as one character (Latin-1).
    public String clearText() {
        synchronized (octets) {
            return octets.toString(StandardCharsets.ISO_8859_1);
        }
    }

    /// @param text compared octet for octet in its UTF-8 form
    public boolean contains(String text) {
        return clearText().contains(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
    }
}
