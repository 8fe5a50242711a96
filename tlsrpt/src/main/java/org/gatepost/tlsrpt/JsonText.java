// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/// Reads JSON into a bounded tree: as RFC 8259 has it, else with the slips that hand-made writers make.
final class JsonText {
    /// What Jackson adds about the place of another token; our own place follows.
    private static final Pattern SOURCE = Pattern.compile("\\s*\\([^()]*\\[Source: [^\\]]*\\]\\)");

    static final int DEEPEST = 24;
    static final int LONGEST_STRING = 32 * 1024;
    static final int LONGEST_NAME = 256;
    static final int MOST_VALUES = 400_000;

    private static final StreamReadConstraints BOUNDS = StreamReadConstraints.builder()
            .maxNestingDepth(DEEPEST)
            .maxStringLength(LONGEST_STRING)
            .maxNameLength(LONGEST_NAME)
            .maxNumberLength(40)
            .build();

    private static final JsonFactory STRICT =
            JsonFactory.builder().streamReadConstraints(BOUNDS).build();
    private static final JsonFactory LENIENT = JsonFactory.builder()
            .streamReadConstraints(BOUNDS)
            .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
            .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
            .enable(JsonReadFeature.ALLOW_LEADING_ZEROS_FOR_NUMBERS)
            .enable(JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS)
            .enable(JsonReadFeature.ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER)
            .build();

    private final JsonParser parser;
    private final Notes notes;
    private int values;

    private JsonText(JsonParser parser, Notes notes) {
        this.parser = parser;
        this.notes = notes;
    }

    static Json parse(String text, Notes notes) throws NoReportException {
        try {
            return read(STRICT, text, notes);
        } catch (StreamConstraintsException e) {
            throw new NoReportException("", problem(e));
        } catch (JacksonException strict) {
            try {
                Json value = read(LENIENT, text, notes);
                notes.add("", problem(strict));
                return value;
            } catch (JacksonException e) {
                throw new NoReportException("", problem(strict));
            }
        }
    }

    private static Json read(JsonFactory factory, String text, Notes notes) throws NoReportException {
        try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), text)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new NoReportException("", "empty, where a JSON text is expected (RFC 8259)");
            }
            var before = new Notes();
            Json value = new JsonText(parser, before).value(first);
            noteRest(parser, before);
            before.list().forEach(one -> notes.add(one.place(), one.rule()));
            return value;
        }
    }

    private static void noteRest(JsonParser parser, Notes notes) {
        try {
            if (parser.nextToken() == null) {
                return;
            }
        } catch (JacksonException e) {
            // What follows is no JSON either; the text was complete before it.
        }
        notes.add("", "something follows after the JSON text (RFC 8259 §2)");
    }

    private static String problem(JacksonException e) {
        var location = e.getLocation();
        String place = location == null || location.getLineNr() < 1
                ? ""
                : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
        String rule =
                e instanceof StreamConstraintsException ? "beyond the bounds for a report" : "not JSON (RFC 8259)";
        String words = SOURCE.matcher(String.valueOf(e.getOriginalMessage())).replaceAll("");
        return rule + ": " + Printable.line(words, 120) + place;
    }

    private Json value(JsonToken token) throws NoReportException {
        if (++values > MOST_VALUES) {
            throw new NoReportException(place(), "more than " + MOST_VALUES + " JSON values");
        }
        return switch (token) {
            case START_OBJECT -> members();
            case START_ARRAY -> items();
            case VALUE_STRING -> new Json.Text(parser.getString());
            case VALUE_NULL -> new Json.Null();
            default -> new Json.Literal(parser.getString());
        };
    }

    private Json items() throws NoReportException {
        List<Json> items = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            items.add(value(token));
        }
        return new Json.Items(items);
    }

    private Json members() throws NoReportException {
        Map<String, Json> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String written = parser.currentName();
            String place = place();
            String name = FieldNames.canonical(written);
            if (!name.equals(written)) {
                notes.add(place, "the name of this is " + name + " (RFC 8460 §4.4)");
            }
            Json value = value(parser.nextToken());
            if (members.putIfAbsent(name, value) != null) {
                notes.add(place, "a name that is there twice (RFC 7493 §2.3); the first is taken");
            }
        }
        return new Json.Members(members);
    }

    private String place() {
        return parser.streamReadContext().pathAsPointer().toString();
    }
}
