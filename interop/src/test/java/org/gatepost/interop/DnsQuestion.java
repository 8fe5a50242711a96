// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/// @param name with its trailing dot
/// @param type as zone files spell it
record DnsQuestion(String name, String type) {

    /// Everything that is to be asked of a zone.
    static List<DnsQuestion> of(SignedZone zone) {
        return zone.questions().stream()
                .flatMap(line -> parse(zone, line))
                .distinct()
                .toList();
    }

    private static Stream<DnsQuestion> parse(SignedZone zone, String line) {
        var words = line.split(" ");
        return Arrays.stream(words).skip(1).map(type -> new DnsQuestion(zone.absolute(words[0]), type));
    }

    Name owner() {
        try {
            return new Name(name);
        } catch (TextParseException e) {
            throw new IllegalArgumentException(name, e);
        }
    }

    int typeCode() {
        var code = Type.value(type, true);
        if (code < 0) {
            throw new IllegalArgumentException("no type " + type);
        }
        return code;
    }

    @Override
    public String toString() {
        return name + " " + type;
    }
}
