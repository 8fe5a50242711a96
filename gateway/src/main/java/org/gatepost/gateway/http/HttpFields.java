// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The header fields of a request (RFC 9110 §5); names in any case.
public final class HttpFields {
    private final Map<String, List<String>> values = new TreeMap<>();

    void add(String name, String value) {
        values.computeIfAbsent(name.toLowerCase(Locale.ROOT), key -> new ArrayList<>())
                .add(value);
    }

    /// All values of a field, in order.
    public List<String> all(String name) {
        return List.copyOf(values.getOrDefault(name.toLowerCase(Locale.ROOT), List.of()));
    }

    /// The value of a field that may be there once; several are taken as one list (RFC 9110 §5.3).
    public Optional<String> value(String name) {
        List<String> found = all(name);
        return found.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", found));
    }

    /// Whether the field is a list with this word in it, in any case.
    public boolean names(String name, String word) {
        return all(name).stream()
                .flatMap(value -> List.of(value.split(",")).stream())
                .anyMatch(element -> element.strip().equalsIgnoreCase(word));
    }
}
