// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/// The characters of a JSON text. RFC 7493 §2.1 has UTF-8, RFC 8259 §8.1 has no byte order mark.
final class JsonOctets {
    private JsonOctets() {}

    static String decoded(byte[] json, Notes notes) {
        if (starts(json, 0xEF, 0xBB, 0xBF)) {
            notes.add("", "begins with a byte order mark (RFC 8259 §8.1)");
            return utf8(json, 3, notes);
        }
        if (starts(json, 0xFF, 0xFE)) {
            return utf16(json, StandardCharsets.UTF_16LE, notes);
        }
        if (starts(json, 0xFE, 0xFF)) {
            return utf16(json, StandardCharsets.UTF_16BE, notes);
        }
        return utf8(json, 0, notes);
    }

    private static boolean starts(byte[] json, int... octets) {
        for (int i = 0; i < octets.length; i++) {
            if (json.length <= i || (json[i] & 0xff) != octets[i]) {
                return false;
            }
        }
        return true;
    }

    private static String utf16(byte[] json, Charset charset, Notes notes) {
        notes.add("", "UTF-8 is expected, not UTF-16 (RFC 7493 §2.1)");
        return new String(json, 2, json.length - 2, charset);
    }

    private static String utf8(byte[] json, int start, Notes notes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(json, start, json.length - start))
                    .toString();
        } catch (CharacterCodingException e) {
            notes.add("", "not UTF-8 (RFC 7493 §2.1); octets that are none are shown as U+FFFD");
            return new String(json, start, json.length - start, StandardCharsets.UTF_8);
        }
    }
}
