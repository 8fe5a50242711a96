// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/// Makes the DKIM-Signature field of a message: relaxed/relaxed, the whole body (no `l=`, RFC 8460 §3), all fields
/// given.
///
/// Each name stands once more in `h=` than there are such fields, so that none can be added on the way without
/// breaking the signature (RFC 6376 §8.15).
///
/// @spec https://www.rfc-editor.org/rfc/rfc6376 RFC 6376 §3.4, §3.5, §3.7
final class DkimSigner {
    private static final int WIDTH = 72;
    private static final String NAME = "DKIM-Signature";

    private final DkimKey key;

    DkimSigner(DkimKey key) {
        this.key = key;
    }

    /// @param fields name and value of each, without the line end after it; the value may be folded
    /// @param body CRLF line ends
    /// @return the field, folded, with the CRLF after it
    String sign(List<Field> fields, byte[] body, Instant now) {
        String before = "v=1; a=" + key.algorithm() + "; c=relaxed/relaxed; d=" + key.domain() + "; s=" + key.selector()
                + ";\r\n\tt=" + now.getEpochSecond() + "; bh="
                + Base64.getEncoder().encodeToString(digest(relaxedBody(body))) + ";\r\n\th=" + signedNames(fields)
                + ";\r\n\tb=";
        StringBuilder signed = new StringBuilder();
        fields.forEach(field -> signed.append(field.relaxed()).append("\r\n"));
        signed.append(new Field(NAME, before).relaxed());
        byte[] signature = key.sign(signed.toString().getBytes(StandardCharsets.UTF_8));
        return NAME + ": " + before + folded(Base64.getEncoder().encodeToString(signature)) + "\r\n";
    }

    /// One header field.
    record Field(String name, String value) {
        /// RFC 6376 §3.4.2: the name in lower case, the value on one line, each run of white space one space.
        String relaxed() {
            String unfolded = value.replaceAll("\r\n(?=[ \t])", "");
            return name.toLowerCase(Locale.ROOT) + ":"
                    + unfolded.replaceAll("[ \t]+", " ").replaceAll("^ | $", "");
        }

        /// As it stands in the message, with the CRLF after it.
        String line() {
            return name + ": " + value + "\r\n";
        }
    }

    /// In the order of the fields, with lines of bearable length. Verifiers take fields of a name from the last
    /// one up (§5.4.2); every name is there once here, so that order and this one are the same.
    private static String signedNames(List<Field> fields) {
        List<String> names = new ArrayList<>(fields.stream().map(Field::name).toList());
        names.addAll(fields.stream().map(Field::name).toList());
        StringBuilder list = new StringBuilder();
        int width = 0;
        for (String name : names) {
            if (!list.isEmpty()) {
                list.append(':');
            }
            if (width + name.length() > WIDTH) {
                list.append("\r\n\t ");
                width = 0;
            }
            list.append(name);
            width += name.length() + 1;
        }
        return list.toString();
    }

    /// RFC 6376 §3.4.4: no white space at the ends of lines, each other run of it one space, no empty lines at
    /// the end.
    static byte[] relaxedBody(byte[] body) {
        StringBuilder relaxed = new StringBuilder();
        int emptyLines = 0;
        String text = new String(body, StandardCharsets.ISO_8859_1);
        for (String line : text.split("\r\n", -1)) {
            String reduced = line.replaceAll("[ \t]+", " ").replaceAll(" $", "");
            if (reduced.isEmpty()) {
                emptyLines++;
            } else {
                relaxed.append("\r\n".repeat(emptyLines)).append(reduced).append("\r\n");
                emptyLines = 0;
            }
        }
        return relaxed.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] digest(byte[] octets) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(octets);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static String folded(String base64) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < base64.length(); i += WIDTH) {
            lines.append(i == 0 ? "" : "\r\n\t").append(base64, i, Math.min(base64.length(), i + WIDTH));
        }
        return lines.toString();
    }
}
