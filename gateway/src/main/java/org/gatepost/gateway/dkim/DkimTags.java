// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dkim;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A tag list of RFC 6376 §3.2: `a=b; c=d`, with white space around everything.
final class DkimTags {
    private static final Pattern TAG = Pattern.compile("\\s*([A-Za-z][A-Za-z0-9_]*)\\s*=(.*)", Pattern.DOTALL);
    private static final int MOST = 50;

    private final Map<String, String> values;

    private DkimTags(Map<String, String> values) {
        this.values = values;
    }

    /// @throws InvalidSignature when it is no tag list, or names a tag twice
    static DkimTags parse(String text) throws InvalidSignature {
        Map<String, String> values = new HashMap<>();
        List<String> elements = List.of(text.split(";", MOST + 1));
        for (int i = 0; i < elements.size(); i++) {
            String element = elements.get(i);
            if (element.isBlank() && i == elements.size() - 1) {
                break;
            }
            Matcher tag = TAG.matcher(element);
            if (!tag.matches() || i == MOST) {
                throw new InvalidSignature("not a tag list (RFC 6376 section 3.2)");
            }
            if (values.put(tag.group(1), tag.group(2).strip()) != null) {
                throw new InvalidSignature("a tag stands twice (RFC 6376 section 3.2)");
            }
        }
        return new DkimTags(values);
    }

    Optional<String> value(String name) {
        return Optional.ofNullable(values.get(name));
    }

    String required(String name) throws InvalidSignature {
        return value(name)
                .filter(value -> !value.isEmpty())
                .orElseThrow(() -> new InvalidSignature("the tag " + name + "= is missing (RFC 6376 section 3.5)"));
    }

    /// The elements of a list separated by colons, in lower case; the default when the tag is absent.
    List<String> list(String name, String whenAbsent) {
        return List.of(value(name).orElse(whenAbsent).split(":", -1)).stream()
                .map(element -> element.strip().toLowerCase(Locale.ROOT))
                .toList();
    }
}
