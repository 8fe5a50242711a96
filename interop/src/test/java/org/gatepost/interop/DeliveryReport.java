// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// A non-delivery report as a mail program would take it apart (RFC 6522, RFC 3464).
///
/// @param returnPath the reverse-path, `<>` for the null one
/// @param contentType of the whole, on one line
/// @param parts header and content of each
record DeliveryReport(String returnPath, String contentType, List<Part> parts) {
    private static final Pattern BOUNDARY = Pattern.compile("boundary=\"([^\"]+)\"");

    DeliveryReport {
        parts = List.copyOf(parts);
    }

    /// @param type content type in lower case, without parameters
    /// @param content LF lines
    record Part(String type, String content) {}

    static DeliveryReport of(StoredMessage message) {
        var header = fields(message.header());
        var contentType = header.getOrDefault("content-type", "");
        var boundary = BOUNDARY.matcher(contentType);
        if (!boundary.find()) {
            throw new AssertionError("no multipart message:\n" + message.text());
        }
        var delimiter = "\n--" + boundary.group(1);
        var pieces = ("\n" + message.body()).split(Pattern.quote(delimiter), -1);
        if (!pieces[pieces.length - 1].startsWith("--")) {
            throw new AssertionError("the last part is not closed (RFC 2046 §5.1.1):\n" + message.text());
        }
        var parts = Arrays.stream(pieces, 1, pieces.length - 1)
                .map(piece -> part(piece.substring(1)))
                .toList();
        return new DeliveryReport(header.getOrDefault("return-path", ""), contentType, parts);
    }

    /// The words for people.
    String text() {
        return parts.getFirst().content();
    }

    /// The group of fields about the whole message (RFC 3464 §2.2).
    Map<String, String> messageFields() {
        return fields(groups()[0]);
    }

    /// The group of fields about the one recipient (RFC 3464 §2.3).
    Map<String, String> recipientFields() {
        var groups = groups();
        if (groups.length != 2) {
            throw new AssertionError("not one recipient: " + parts.get(1).content());
        }
        return fields(groups[1]);
    }

    private String[] groups() {
        return parts.get(1).content().strip().split("\n\n", -1);
    }

    private static Part part(String piece) {
        var end = piece.indexOf("\n\n");
        var type = fields(piece.substring(0, end)).getOrDefault("content-type", "text/plain");
        return new Part(type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT), piece.substring(end + 2));
    }

    /// Fields by name in lower case, unfolded; of equal ones the first.
    private static Map<String, String> fields(String text) {
        var fields = new TreeMap<String, String>();
        text.replaceAll("\n[ \t]+", " ")
                .lines()
                .filter(line -> line.contains(":"))
                .forEach(line -> {
                    var cut = line.indexOf(':');
                    fields.putIfAbsent(
                            line.substring(0, cut).toLowerCase(Locale.ROOT),
                            line.substring(cut + 1).strip());
                });
        return fields;
    }
}
