// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// A hand-written reference page of a JSON schema, compared with documents of that schema.
///
/// The tables below `## Members` list the members by path; each row is `| path | type | meaning | absent |`. A type
/// `[x](#x)` or `array of [x](#x)` means the members that the table below `## X` lists. A type `one of` lists the
/// values.
final class JsonReference {
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern LINK = Pattern.compile("\\[[^]]+]\\(#([^)]+)\\)");

    private final Map<String, List<Row>> sections = new LinkedHashMap<>();
    private final Map<String, String> texts = new LinkedHashMap<>();
    private final Map<String, Row> byPath = new LinkedHashMap<>();
    private final Set<Row> produced = new HashSet<>();
    private final Map<String, String> undocumented = new TreeMap<>();

    /// A row of a table, in the section it stands in.
    private record Row(String section, String path, String type) {}

    static JsonReference read(Path page) throws IOException {
        JsonReference reference = new JsonReference();
        String[] parts = ("\n" + Files.readString(page)).split("\n## ", -1);
        for (String part : List.of(parts).subList(1, parts.length)) {
            String title = part.lines().findFirst().orElse("");
            String anchor = title.toLowerCase(Locale.ROOT).replace(' ', '-');
            reference.texts.put(title, part);
            reference.sections.put(
                    anchor,
                    part.lines()
                            .filter(line -> line.startsWith("| `"))
                            .map(line -> row(anchor, line))
                            .toList());
        }
        reference.expand("members", "");
        return reference;
    }

    private static Row row(String section, String line) {
        String[] cells = line.split("\\|", -1);
        if (cells.length != 6) {
            throw new AssertionError("a row has four cells: " + line);
        }
        return new Row(section, cells[1].strip().replace("`", ""), cells[2].strip());
    }

    private void expand(String section, String prefix) {
        for (Row row : sections.getOrDefault(section, List.of())) {
            String path = prefix + row.path();
            if (byPath.put(path, row) != null) {
                throw new AssertionError(path + " is listed twice");
            }
            Matcher link = LINK.matcher(row.type());
            if (link.find()) {
                expand(link.group(1), path + (row.type().startsWith("array") ? "[]." : "."));
            }
        }
    }

    /// Takes note of what a document has, and of what of it is not documented.
    ///
    /// @param origin for messages
    void check(JsonNode document, String origin) {
        checkObject(document, "", origin);
    }

    private void checkObject(JsonNode object, String prefix, String origin) {
        object.properties().forEach(member -> {
            String path = prefix + member.getKey();
            Row row = byPath.get(path);
            if (row == null) {
                undocumented.putIfAbsent(path, "in " + origin);
                return;
            }
            produced.add(row);
            mismatch(row.type(), member.getValue())
                    .ifPresent(wrong -> undocumented.putIfAbsent(path, wrong + " in " + origin));
            checkBelow(member.getValue(), path, origin);
        });
    }

    private void checkBelow(JsonNode value, String path, String origin) {
        if (value.isObject()) {
            checkObject(value, path + ".", origin);
        }
        if (value.isArray()) {
            value.forEach(element -> {
                if (element.isObject()) {
                    checkObject(element, path + "[].", origin);
                }
            });
        }
    }

    /// Why a value is not of the type that the page gives.
    private static Optional<String> mismatch(String type, JsonNode value) {
        if (type.startsWith("one of ")) {
            return codes(type).contains(value.asString(""))
                    ? Optional.empty()
                    : Optional.of(value + " is none of the listed values");
        }
        boolean fits = switch (type.split(" ", 2)[0]) {
            case "string" -> value.isString();
            case "time" -> value.isString() && value.asString().matches("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z");
            case "boolean" -> value.isBoolean();
            case "integer" -> value.isIntegralNumber();
            case "array" -> value.isArray() && elementsFit(type, value);
            default -> value.isObject();
        };
        return fits ? Optional.empty() : Optional.of(value.getNodeType() + " is not " + type);
    }

    private static boolean elementsFit(String type, JsonNode array) {
        boolean strings = type.equals("array of strings");
        List<JsonNode> elements = new ArrayList<>();
        array.forEach(elements::add);
        return elements.stream().allMatch(element -> strings ? element.isString() : element.isObject());
    }

    private static Set<String> codes(String text) {
        Set<String> codes = new TreeSet<>();
        Matcher matcher = CODE.matcher(text);
        while (matcher.find()) {
            codes.add(matcher.group(1));
        }
        return codes;
    }

    /// What documents had and the page has not, or has as another type: the path, and what and where it was.
    Map<String, String> undocumented() {
        return Map.copyOf(undocumented);
    }

    /// The rows of which no document so far had an instance.
    Set<String> neverProduced() {
        Set<String> missing = new TreeSet<>();
        sections.values().stream()
                .flatMap(List::stream)
                .filter(row -> !produced.contains(row))
                .forEach(row -> missing.add(row.path() + " (under " + row.section() + ")"));
        return missing;
    }

    /// The words in code style of a section's lists.
    Set<String> valuesListedUnder(String title) {
        return codes(String.join(
                "\n",
                texts.getOrDefault(title, "")
                        .lines()
                        .filter(line -> line.startsWith("- "))
                        .toList()));
    }

    /// The first JSON block of the page.
    String example() {
        String all = String.join("\n", texts.values());
        int start = all.indexOf("```json\n");
        int end = all.indexOf("\n```", start + 8);
        if (start < 0 || end < 0) {
            throw new AssertionError("the page has no example");
        }
        return all.substring(start + 8, end);
    }
}
