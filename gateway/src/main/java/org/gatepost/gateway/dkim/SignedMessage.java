// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dkim;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// A message as signatures see it: fields in their order, octet for octet as Latin-1, and the body (RFC 6376 §3.4).
final class SignedMessage {
    private static final int MOST_FIELDS = 2_000;

    // The value of b=, and nothing else such as that of bh= (§3.5).
    private static final Pattern SIGNATURE_VALUE = Pattern.compile("((?:^|;)\\s*b\\s*=)[^;]*");

    private final byte[] octets;
    private final int bodyStart;
    private final List<Field> fields;

    private SignedMessage(byte[] octets, int bodyStart, List<Field> fields) {
        this.octets = octets;
        this.bodyStart = bodyStart;
        this.fields = fields;
    }

    /// One field: its text with the folds and the last CRLF.
    record Field(String text) {
        String name() {
            return text.substring(0, Math.max(0, text.indexOf(':'))).strip().toLowerCase(Locale.ROOT);
        }

        String value() {
            return text.substring(text.indexOf(':') + 1);
        }

        private String canonical(boolean relaxed) {
            if (!relaxed) {
                return text;
            }
            String unfolded = value().replace("\r\n", "").replaceAll("[ \t]+", " ");
            return name() + ":" + unfolded.strip() + "\r\n";
        }
    }

    /// @param message CRLF line ends
    static SignedMessage of(byte[] message) {
        List<Field> fields = new ArrayList<>();
        int start = 0;
        while (start < message.length && !startsWithBreak(message, start) && fields.size() < MOST_FIELDS) {
            int end = endOfField(message, start);
            fields.add(new Field(new String(message, start, end - start, StandardCharsets.ISO_8859_1)));
            start = end;
        }
        return new SignedMessage(message, Math.min(message.length, start + 2), fields);
    }

    private static boolean startsWithBreak(byte[] octets, int at) {
        return at + 1 < octets.length && octets[at] == '\r' && octets[at + 1] == '\n';
    }

    private static int endOfField(byte[] octets, int start) {
        int i = start;
        while (i < octets.length) {
            if (startsWithBreak(octets, i)) {
                i += 2;
                if (i == octets.length || (octets[i] != ' ' && octets[i] != '\t')) {
                    return i;
                }
            } else {
                i++;
            }
        }
        return i;
    }

    /// Whether there are more fields than are looked at, so that nobody knows where the body begins.
    boolean isCutShort() {
        return fields.size() >= MOST_FIELDS;
    }

    List<Field> all(String name) {
        return fields.stream().filter(field -> field.name().equals(name)).toList();
    }

    /// What was signed: the fields that `h=` names, each name taking the last one not yet taken (§5.4.2), and the
    /// signature itself without its value.
    byte[] signed(DkimSignature signature, Field own) {
        boolean relaxed = signature.relaxedHeader();
        Map<String, List<Field>> left = new HashMap<>();
        for (Field field : fields) {
            left.computeIfAbsent(field.name(), name -> new ArrayList<>()).add(field);
        }
        ByteArrayOutputStream signed = new ByteArrayOutputStream();
        for (String name : signature.names()) {
            List<Field> candidates = left.getOrDefault(name, List.of());
            if (!candidates.isEmpty()) {
                add(signed, candidates.removeLast().canonical(relaxed));
            }
        }
        String bare = own.text().substring(0, own.text().indexOf(':') + 1)
                + SIGNATURE_VALUE.matcher(own.value()).replaceFirst("$1");
        String canonical = new Field(bare).canonical(relaxed);
        add(signed, canonical.endsWith("\r\n") ? canonical.substring(0, canonical.length() - 2) : canonical);
        return signed.toByteArray();
    }

    private static void add(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /// The SHA-256 of the body, in base64 (§3.4.3, §3.4.4).
    String bodyHash(boolean relaxed) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            hashBody(digest, relaxed);
            return Base64.getEncoder().encodeToString(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private void hashBody(MessageDigest digest, boolean relaxed) {
        long emptyLines = 0;
        boolean any = false;
        for (int start = bodyStart; start < octets.length; ) {
            int end = start;
            while (end < octets.length && !startsWithBreak(octets, end)) {
                end++;
            }
            byte[] line = relaxed ? reduced(start, end) : java.util.Arrays.copyOfRange(octets, start, end);
            if (line.length == 0) {
                emptyLines++;
            } else {
                for (; emptyLines > 0; emptyLines--) {
                    digest.update((byte) '\r');
                    digest.update((byte) '\n');
                }
                digest.update(line);
                digest.update((byte) '\r');
                digest.update((byte) '\n');
                any = true;
            }
            start = end + 2;
        }
        if (!any && !relaxed) {
            // §3.4.3: an empty body is one CRLF; §3.4.4 has it empty.
            digest.update((byte) '\r');
            digest.update((byte) '\n');
        }
    }

    /// A line without white space at its end, each other run of it one space.
    private byte[] reduced(int start, int end) {
        byte[] line = new byte[end - start];
        int length = 0;
        boolean gap = false;
        for (int i = start; i < end; i++) {
            if (octets[i] == ' ' || octets[i] == '\t') {
                gap = true;
            } else {
                if (gap) {
                    line[length++] = ' ';
                    gap = false;
                }
                line[length++] = octets[i];
            }
        }
        return java.util.Arrays.copyOf(line, length);
    }
}
