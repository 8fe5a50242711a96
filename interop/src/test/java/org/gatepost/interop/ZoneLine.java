// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// One record of a signed zone, as the tool that signed it wrote it: on one line, with its full owner name.
///
/// @param owner in small letters, with its trailing dot
/// @param covers of an RRSIG record, the type it signs; else empty
record ZoneLine(String owner, String type, String covers, String text) {

    /// Empty for a comment or an empty line.
    static Optional<ZoneLine> parse(String text) {
        if (text.isBlank() || text.startsWith(";") || text.startsWith("$")) {
            return Optional.empty();
        }
        var words = List.of(text.strip().split("\\s+"));
        var at = 1;
        while (words.get(at).matches("[0-9]+|IN")) {
            at++;
        }
        var type = words.get(at);
        return Optional.of(new ZoneLine(
                words.getFirst().toLowerCase(Locale.ROOT), type, type.equals("RRSIG") ? words.get(at + 1) : "", text));
    }

    boolean is(String name, String kind) {
        return owner.equals(name) && type.equals(kind);
    }

    boolean signs(String name, String kind) {
        return owner.equals(name) && covers.equals(kind);
    }

    boolean isDenial() {
        return type.startsWith("NSEC") || covers.startsWith("NSEC");
    }
}
