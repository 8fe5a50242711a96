// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;

/// Reads records in zone-file form, as test files have them: class and TTL may stand in either order or
/// be missing, names are absolute with or without the final dot, parentheses join lines.
final class ZoneLines {
    private static final long DEFAULT_TTL = 3600;
    private static final Pattern WORD = Pattern.compile("\\S+");
    private static final Pattern TTL = Pattern.compile("[0-9]+");

    /// Data in octets (RFC 3597 §5).
    private static final Pattern GENERIC = Pattern.compile("\\s\\\\#\\s");

    private Name lastOwner = Name.root;

    /// Octets that are wrong on purpose: on the wire, our parser would refuse the whole message.
    static final class UnreadableRecordException extends RuntimeException {
        UnreadableRecordException(String line) {
            super(line);
        }
    }

    /// Cuts a comment off, which `;` begins, or `#` where a word may; neither does within quotes.
    static String withoutComment(String line) {
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && (c == ';' || (c == '#' && (i == 0 || Character.isWhitespace(line.charAt(i - 1)))))) {
                return line.substring(0, i);
            }
        }
        return line;
    }

    /// @throws IllegalArgumentException naming the record that cannot be read
    List<Record> records(List<String> lines) {
        var records = new ArrayList<Record>();
        for (String line : joined(lines)) {
            try {
                records.add(record(line));
            } catch (IOException | IllegalArgumentException e) {
                if (GENERIC.matcher(line).find()) {
                    throw new UnreadableRecordException(line.strip());
                }
                throw new IllegalArgumentException("not a record: " + line.strip() + ": " + e.getMessage(), e);
            }
        }
        return records;
    }

    /// @throws IllegalArgumentException when the line is no question
    Record question(String line) {
        try {
            List<String> words = new ArrayList<>(List.of(line.strip().split("\\s+", -1)));
            Name name = name(words.removeFirst());
            if (words.size() > 1) {
                words.removeFirst();
            }
            return Record.newRecord(name, type(words.isEmpty() ? "A" : words.getFirst()), DClass.IN);
        } catch (TextParseException | IllegalArgumentException e) {
            throw new IllegalArgumentException("not a question: " + line, e);
        }
    }

    private static List<String> joined(List<String> lines) {
        var whole = new ArrayList<String>();
        var open = new StringBuilder();
        int depth = 0;
        for (String line : lines) {
            String content = withoutComment(line);
            open.append(open.isEmpty() ? "" : " ").append(content);
            depth += (int) (content.chars().filter(c -> c == '(').count()
                    - content.chars().filter(c -> c == ')').count());
            if (depth <= 0) {
                if (!open.toString().isBlank()) {
                    whole.add(open.toString());
                }
                open.setLength(0);
                depth = 0;
            }
        }
        if (depth > 0) {
            throw new IllegalArgumentException("a parenthesis is not closed: " + open);
        }
        return whole;
    }

    private Record record(String line) throws IOException {
        var words = new ArrayList<>(List.of(line.strip().split("\\s+", -1)));
        boolean sameOwner = Character.isWhitespace(line.charAt(0)) && isTtlOrClass(words.getFirst());
        if (!sameOwner) {
            lastOwner = name(words.removeFirst());
        }
        long ttl = DEFAULT_TTL;
        while (!words.isEmpty() && isTtlOrClass(words.getFirst())) {
            String word = words.removeFirst();
            ttl = TTL.matcher(word).matches() ? Long.parseLong(word) : ttl;
        }
        if (words.isEmpty()) {
            throw new IllegalArgumentException("no type");
        }
        int type = type(words.removeFirst());
        if (type == Type.DS && words.size() > 1 && !TTL.matcher(words.get(1)).matches()) {
            words.set(1, Integer.toString(DNSSEC.Algorithm.value(words.get(1))));
        }
        // The tokenizer needs the quotes and blanks as they were.
        String data = type == Type.DS ? String.join(" ", words) : lastWords(line, words.size());
        try (var tokens = new Tokenizer(data)) {
            return Record.fromString(lastOwner, type, DClass.IN, ttl, tokens, Name.root);
        }
    }

    private static String lastWords(String line, int count) {
        List<Integer> starts =
                WORD.matcher(line).results().map(MatchResult::start).toList();
        return count == 0 ? "" : line.substring(starts.get(starts.size() - count));
    }

    private static boolean isTtlOrClass(String word) {
        return TTL.matcher(word).matches() || word.equalsIgnoreCase("IN") || word.equalsIgnoreCase("CH");
    }

    private static int type(String word) {
        int type = Type.value(word, false);
        if (type < 0) {
            throw new IllegalArgumentException("no record type: " + word);
        }
        return type;
    }

    private static Name name(String word) throws TextParseException {
        return Name.fromString(word, Name.root);
    }
}
