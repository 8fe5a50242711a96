// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/// Reads the replay format. Options and steps that do not bear on answers are skipped; what looks like
/// part of the format and cannot be read is an error that names the line.
final class ReplayParser {
    private static final Map<String, Integer> SECTIONS = Map.of(
            "QUESTION", Section.QUESTION,
            "ANSWER", Section.ANSWER,
            "AUTHORITY", Section.AUTHORITY,
            "ADDITIONAL", Section.ADDITIONAL);

    private static final Set<String> FLAGS = Set.of("QR", "AA", "TC", "RD", "CD", "RA", "AD", "DO");
    private static final Set<String> OPCODES = Set.of("QUERY", "IQUERY", "STATUS", "NOTIFY", "UPDATE");

    private final Deque<Line> lines = new ArrayDeque<>();
    private final ZoneLines records = new ZoneLines();
    private long stepOfEntry;

    private record Line(int number, String text) {
        String word(int index) {
            String[] words = text.strip().split("\\s+", -1);
            return index < words.length ? words[index] : "";
        }

        List<String> wordsAfterFirst() {
            return List.of(text.strip().split("\\s+", -1))
                    .subList(1, text.strip().split("\\s+", -1).length);
        }
    }

    private ReplayParser(String text) {
        int number = 0;
        for (String raw : text.lines().toList()) {
            number++;
            String content = ZoneLines.withoutComment(raw);
            if (!content.isBlank()) {
                lines.add(new Line(number, content));
            }
        }
    }

    /// @throws IllegalArgumentException naming the line
    static ReplayScenario parse(String text) {
        var parser = new ReplayParser(text);
        ReplayScenario.Config config = parser.config();
        return parser.scenario(config);
    }

    /// Entries alone, without configuration and steps, as signature test files have them.
    static List<ReplayEntry> parseEntries(String text) {
        var parser = new ReplayParser(text);
        var entries = new ArrayList<ReplayEntry>();
        while (!parser.lines.isEmpty()) {
            if (parser.lines.remove().word(0).equals("ENTRY_BEGIN")) {
                parser.entry().ifPresent(entries::add);
            }
        }
        return entries;
    }

    private ReplayScenario.Config config() {
        var anchors = new ArrayList<Record>();
        var options = new HashMap<String, String>();
        var insecure = new ArrayList<String>();
        while (!lines.isEmpty()) {
            Line line = lines.remove();
            if (line.word(0).equals("CONFIG_END")) {
                return new ReplayScenario.Config(anchors, options, insecure);
            }
            int colon = line.text().indexOf(':');
            if (colon < 0) {
                continue;
            }
            String key = line.text().substring(0, colon).strip().toLowerCase(Locale.ROOT);
            String value = unquoted(line.text().substring(colon + 1).strip());
            switch (key) {
                case "trust-anchor" -> anchors.addAll(records(line.number(), List.of(value)));
                case "domain-insecure" -> insecure.add(value);
                default -> options.put(key, value);
            }
        }
        throw new IllegalArgumentException("no CONFIG_END");
    }

    private static String unquoted(String value) {
        if (value.startsWith("\"")) {
            int end = value.indexOf('"', 1);
            return end < 0 ? value.substring(1) : value.substring(1, end);
        }
        return value;
    }

    private ReplayScenario scenario(ReplayScenario.Config config) {
        String title = "";
        var ranges = new ArrayList<ReplayScenario.Range>();
        var steps = new ArrayList<ReplayScenario.Step>();
        while (!lines.isEmpty()) {
            Line line = lines.remove();
            switch (line.word(0)) {
                case "SCENARIO_BEGIN" ->
                    title = line.text()
                            .strip()
                            .substring("SCENARIO_BEGIN".length())
                            .strip();
                case "RANGE_BEGIN" -> ranges.add(range(line));
                case "STEP" -> step(line).ifPresent(steps::add);
                case "SCENARIO_END" -> {
                    return new ReplayScenario(config, title, ranges, steps);
                }
                // Entries of steps that were skipped.
                case "ENTRY_BEGIN" -> entry();
                default -> {}
            }
        }
        throw new IllegalArgumentException("no SCENARIO_END");
    }

    private ReplayScenario.Range range(Line begin) {
        var addresses = new ArrayList<String>();
        var entries = new ArrayList<ReplayEntry>();
        while (!lines.isEmpty()) {
            Line line = lines.remove();
            switch (line.word(0)) {
                case "ADDRESS" -> addresses.add(line.word(1));
                case "ENTRY_BEGIN" -> entry().ifPresent(entries::add);
                case "RANGE_END" -> {
                    return new ReplayScenario.Range(
                            number(begin, begin.word(1)), number(begin, begin.word(2)), addresses, entries);
                }
                default -> throw wrong(line, "not part of a range");
            }
        }
        throw wrong(begin, "the range does not end");
    }

    private Optional<ReplayScenario.Step> step(Line line) {
        stepOfEntry = number(line, line.word(1));
        return switch (line.word(2)) {
            case "QUERY" -> entryOfStep().map(entry -> new ReplayScenario.Query(stepOfEntry, entry));
            case "CHECK_ANSWER" -> entryOfStep().map(entry -> new ReplayScenario.CheckAnswer(stepOfEntry, entry));
            case "TIME_PASSES" -> Optional.of(new ReplayScenario.TimePasses(stepOfEntry, elapsed(line)));
            default -> Optional.empty();
        };
    }

    private static Duration elapsed(Line line) {
        try {
            return Duration.ofMillis(Math.round(Double.parseDouble(line.word(4)) * 1000));
        } catch (NumberFormatException e) {
            throw wrong(line, "no number of seconds");
        }
    }

    private Optional<ReplayEntry> entryOfStep() {
        Line begin = lines.isEmpty() ? new Line(0, "end of file") : lines.remove();
        if (!begin.word(0).equals("ENTRY_BEGIN")) {
            throw wrong(begin, "the step has no entry");
        }
        return entry();
    }

    /// Empty for entries in octets.
    private Optional<ReplayEntry> entry() {
        var draft = new Draft();
        while (!lines.isEmpty()) {
            Line line = lines.remove();
            switch (line.word(0)) {
                case "MATCH" -> line.wordsAfterFirst().forEach(w -> draft.match.add(w.toLowerCase(Locale.ROOT)));
                case "ADJUST" -> line.wordsAfterFirst().forEach(w -> draft.adjust.add(w.toLowerCase(Locale.ROOT)));
                case "REPLY" -> reply(line, draft);
                case "SECTION" -> section(line, draft);
                case "MANDATORY" -> {}
                case "HEX_ANSWER_BEGIN", "HEX_EDNSDATA_BEGIN", "RAW" -> draft.octets = true;
                case "ENTRY_END" -> {
                    return draft.octets ? Optional.empty() : Optional.of(draft.entry());
                }
                default -> {
                    if (!draft.octets && !line.word(0).startsWith("HEX_")) {
                        throw wrong(line, "not part of an entry");
                    }
                }
            }
        }
        throw new IllegalArgumentException("an entry does not end");
    }

    private static void reply(Line line, Draft draft) {
        for (String word : line.wordsAfterFirst()) {
            String name = word.toUpperCase(Locale.ROOT);
            if (FLAGS.contains(name)) {
                draft.flags.add(name);
            } else if (!OPCODES.contains(name)) {
                draft.rcode = Rcode.value(name.equals("NOTIMPL") ? "NOTIMP" : name);
                if (draft.rcode < 0) {
                    throw wrong(line, "no flag and no response code: " + word);
                }
            }
        }
    }

    private void section(Line begin, Draft draft) {
        Integer section = SECTIONS.get(begin.word(1).toUpperCase(Locale.ROOT));
        if (section == null) {
            throw wrong(begin, "no such section");
        }
        var content = new ArrayList<String>();
        int start = lines.isEmpty() ? begin.number() : lines.element().number();
        while (!lines.isEmpty() && !isKeyword(lines.element())) {
            content.add(lines.remove().text());
        }
        if (section == Section.QUESTION) {
            content.forEach(line -> draft.question = Optional.of(records.question(line)));
        } else {
            try {
                draft.sections.computeIfAbsent(section, _ -> new ArrayList<>()).addAll(records(start, content));
            } catch (ZoneLines.UnreadableRecordException e) {
                draft.unreadable = true;
            }
        }
    }

    private static boolean isKeyword(Line line) {
        return switch (line.word(0)) {
            case "SECTION", "ENTRY_END", "ENTRY_BEGIN", "HEX_ANSWER_BEGIN", "HEX_EDNSDATA_BEGIN" -> true;
            default -> false;
        };
    }

    private List<Record> records(int line, List<String> content) {
        try {
            return records.records(content);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("near line " + line + ": " + e.getMessage(), e);
        }
    }

    private static long number(Line line, String word) {
        try {
            return Long.parseLong(word);
        } catch (NumberFormatException e) {
            throw wrong(line, "no number: " + word);
        }
    }

    private static IllegalArgumentException wrong(Line line, String rule) {
        return new IllegalArgumentException(
                "line " + line.number() + ": " + rule + " (" + line.text().strip() + ")");
    }

    /// An entry while it is read.
    private static final class Draft {
        private final Set<String> match = new HashSet<>();
        private final Set<String> adjust = new HashSet<>();
        private final Set<String> flags = new HashSet<>();
        private final Map<Integer, List<Record>> sections = new HashMap<>();
        private Optional<Record> question = Optional.empty();
        private int rcode = Rcode.NOERROR;
        private boolean octets;
        private boolean unreadable;

        private ReplayEntry entry() {
            return new ReplayEntry(match, adjust, flags, rcode, question, sections, unreadable);
        }
    }
}
