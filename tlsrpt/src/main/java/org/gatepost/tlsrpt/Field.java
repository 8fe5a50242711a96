// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A value of a report in its place, and the lenient ways to take it: each slip is noted.
record Field(Json value, String place, Notes notes) {
    private static final Json NOTHING = new Json.Null();

    /// Whether it is an object.
    boolean hasMembers() {
        return value instanceof Json.Members;
    }

    boolean has(String name) {
        return value instanceof Json.Members(Map<String, Json> members) && members.containsKey(name);
    }

    /// The member of that name; null when it is not there.
    Field member(String name) {
        Json member = value instanceof Json.Members(Map<String, Json> members)
                ? members.getOrDefault(name, NOTHING)
                : NOTHING;
        return new Field(member, place + "/" + name, notes);
    }

    void note(String rule) {
        notes.add(place, rule);
    }

    /// The elements of an array. One value without its array is taken as one element, null as none.
    List<Field> elements() {
        return switch (value) {
            case Json.Null() -> List.of();
            case Json.Items(List<Json> items) -> {
                var fields = new ArrayList<Field>(items.size());
                for (int i = 0; i < items.size(); i++) {
                    fields.add(new Field(items.get(i), place + "/" + i, notes));
                }
                yield fields;
            }
            case Json.Members members -> alone(members);
            case Json.Text text -> alone(text);
            case Json.Literal literal -> alone(literal);
        };
    }

    private List<Field> alone(Json element) {
        note("an array is expected (RFC 8460 §4.4); taken as one of one element");
        return List.of(new Field(element, place, notes));
    }

    /// The text of the member; empty when there is none or it says nothing.
    Optional<String> text(String name) {
        return has(name) ? member(name).text() : Optional.empty();
    }

    /// The text of the member, which has to be there.
    String required(String name) {
        if (!has(name)) {
            member(name).note("missing (RFC 8460 §4.4)");
        }
        return text(name).orElse("");
    }

    Optional<String> text() {
        return switch (value) {
            case Json.Text(String text) when text.isBlank() -> nothing("empty, where there is something to say");
            case Json.Text(String text) -> Optional.of(text.strip());
            case Json.Null() -> nothing("null, where a string is expected (RFC 8460 §4.4)");
            case Json.Literal(String text) -> {
                note("a string is expected (RFC 8460 §4.4)");
                yield Optional.of(text);
            }
            case Json.Items(List<Json> items)
            when items.size() == 1 -> {
                note("a string is expected, not an array (RFC 8460 §4.4)");
                yield new Field(items.getFirst(), place + "/0", notes).text();
            }
            case Json.Items ignored -> nothing("a string is expected, not an array (RFC 8460 §4.4); left out");
            case Json.Members ignored -> nothing("a string is expected, not an object (RFC 8460 §4.4); left out");
        };
    }

    private Optional<String> nothing(String rule) {
        note(rule);
        return Optional.empty();
    }

    /// The count that the member holds; 0 for what is no count.
    long count(String name) {
        Field member = member(name);
        if (!has(name)) {
            member.note("missing (RFC 8460 §4.4); taken as 0");
            return 0;
        }
        return switch (member.value) {
            case Json.Literal(String digits) -> member.number(digits);
            case Json.Text(String digits) -> {
                member.note("a number is expected, not a string (RFC 8460 §4.4)");
                yield member.number(digits.strip());
            }
            case Json.Null ignored -> member.noNumber();
            case Json.Items ignored -> member.noNumber();
            case Json.Members ignored -> member.noNumber();
        };
    }

    private long noNumber() {
        note("a number is expected (RFC 8460 §4.4); taken as 0");
        return 0;
    }

    private long number(String digits) {
        if (digits.matches("[0-9]{1,15}")) {
            return Long.parseLong(digits);
        }
        long count = -1;
        if (digits.length() <= 40 && digits.matches("[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")) {
            BigDecimal exact = new BigDecimal(digits).stripTrailingZeros();
            boolean whole = exact.scale() <= 0 && exact.signum() >= 0;
            count = whole && exact.compareTo(BigDecimal.valueOf(TlsReport.MOST_SESSIONS)) <= 0
                    ? exact.longValueExact()
                    : -1;
        }
        if (count < 0) {
            note("not a whole number from 0 to 2^53 - 1; taken as 0");
            return 0;
        }
        if (digits.matches(".*[^0-9].*")) {
            note("a whole number is expected (RFC 8460 §4.4)");
        }
        return count;
    }
}
