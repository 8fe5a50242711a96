// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;

/// Reads the policy file of a policy host: UTF-8, lines of `key: value` ended by LF or CRLF.
///
/// Where RFC 8461 §3.2 leaves room:
/// - `version` may stand on any line, as the grammar says; of several, the first counts.
/// - Keys, `STSv1` and the modes are case-sensitive, as the grammar's `%s` says; `Mode` is an unknown key.
/// - Of a repeated key the first line counts, and only that one is held to its key's rules, the others to those of
///   unknown keys; every `mx` counts.
/// - A line that is no `key: value` spoils the file, also with an unknown key: senders take syntactically
///   valid files.
/// - Empty lines, and lines of white space, are skipped, though the grammar has none: files end in them.
/// - A U-label in `mx` spoils the file: RFC 8461 §3.2 asks for A-labels, and two readings of one name are a
///   risk.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8461 RFC 8461 §3.2
public final class StsPolicyParser {
    /// The longest file that is read (RFC 8461 §3.3), in octets.
    public static final int MOST_OCTETS = 64 * 1024;

    /// The longest `max_age`: 31,557,600 seconds.
    public static final Duration LONGEST_MAX_AGE = Duration.ofHours(8_766);

    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,31}");
    private static final Pattern MAX_AGE = Pattern.compile("[0-9]{1,10}");
    private final Set<String> seen = new HashSet<>();
    private final List<MxPattern> mx = new ArrayList<>();
    private Optional<StsPolicy.Mode> mode = Optional.empty();
    private Optional<Duration> maxAge = Optional.empty();

    private StsPolicyParser() {}

    /// @param octets the file as served
    public static ParsedStsPolicy parse(byte[] octets) {
        if (octets.length > MOST_OCTETS) {
            return tooLong();
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(octets);
        CharBuffer out = CharBuffer.allocate(octets.length);
        CoderResult result = decoder.decode(in, out, true);
        if (result.isError()) {
            return new ParsedStsPolicy.Rejected(1, in.position(), "the file must be UTF-8 (RFC 8461 §3.2)");
        }
        return new StsPolicyParser().file(out.flip().toString());
    }

    /// @param text the file as served, decoded
    public static ParsedStsPolicy parse(String text) {
        try {
            ByteBuffer octets = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            return octets.remaining() > MOST_OCTETS ? tooLong() : new StsPolicyParser().file(text);
        } catch (CharacterCodingException e) {
            return new ParsedStsPolicy.Rejected(1, 0, "the file must be UTF-8 (RFC 8461 §3.2)");
        }
    }

    private static ParsedStsPolicy.Rejected tooLong() {
        return new ParsedStsPolicy.Rejected(1, MOST_OCTETS, "a policy has at most 64 KiB (RFC 8461 §3.3)");
    }

    private ParsedStsPolicy file(String text) {
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            // Only a CR right before an LF belongs to a line end.
            boolean ended = i < lines.length - 1;
            String line = ended && lines[i].endsWith("\r") ? lines[i].substring(0, lines[i].length() - 1) : lines[i];
            String content = WhiteSpace.trimEnd(line);
            Optional<Fault> fault = content.isEmpty() ? Optional.empty() : line(content);
            if (fault.isPresent()) {
                return new ParsedStsPolicy.Rejected(
                        i + 1, fault.get().offset(), fault.get().rule());
            }
        }
        return whole(lines.length + 1);
    }

    private ParsedStsPolicy whole(int end) {
        if (!seen.contains("version")) {
            return missing(end, "version");
        }
        if (mode.isEmpty()) {
            return missing(end, "mode");
        }
        if (maxAge.isEmpty()) {
            return missing(end, "max_age");
        }
        if (mx.isEmpty() && mode.get() != StsPolicy.Mode.NONE) {
            return new ParsedStsPolicy.Rejected(
                    end, 0, "mode " + mode.get() + " needs at least one 'mx' (RFC 8461 §3.2)");
        }
        return new ParsedStsPolicy.Accepted(new StsPolicy(mode.get(), maxAge.get(), mx));
    }

    private static ParsedStsPolicy.Rejected missing(int line, String key) {
        return new ParsedStsPolicy.Rejected(line, 0, "there is no '" + key + "' (RFC 8461 §3.2)");
    }

    private Optional<Fault> line(String line) {
        int colon = line.indexOf(':');
        if (colon < 0) {
            return fault(0, "a line is 'key: value' (RFC 8461 §3.2)");
        }
        String key = line.substring(0, colon);
        if (!KEY.matcher(key).matches()) {
            return fault(0, "a key has 1 to 32 letters, digits, '_', '-' and '.', no space (RFC 8461 §3.2)");
        }
        int start = WhiteSpace.skip(line, colon + 1);
        String value = line.substring(start);
        if (value.isEmpty()) {
            return fault(start, "'" + key + "' has no value (RFC 8461 §3.2)");
        }
        return field(key, value, start);
    }

    private Optional<Fault> field(String key, String value, int start) {
        boolean first = seen.add(key);
        return switch (key) {
            case "mx" -> mx(value, start);
            case "version" -> first ? version(value, start) : extension(value, start);
            case "mode" -> first ? mode(value, start) : extension(value, start);
            case "max_age" -> first ? maxAge(value, start) : extension(value, start);
            default -> extension(value, start);
        };
    }

    private static Optional<Fault> version(String value, int start) {
        return value.equals("STSv1") ? Optional.empty() : fault(start, "the only version is STSv1 (RFC 8461 §3.2)");
    }

    private Optional<Fault> mode(String value, int start) {
        for (StsPolicy.Mode known : StsPolicy.Mode.values()) {
            if (known.toString().equals(value)) {
                mode = Optional.of(known);
                return Optional.empty();
            }
        }
        return fault(start, "mode is enforce, testing or none (RFC 8461 §3.2)");
    }

    private Optional<Fault> maxAge(String value, int start) {
        if (!MAX_AGE.matcher(value).matches() || Long.parseLong(value) > LONGEST_MAX_AGE.toSeconds()) {
            return fault(start, "max_age is 0 to 31557600 seconds, 1 to 10 digits (RFC 8461 §3.2)");
        }
        maxAge = Optional.of(Duration.ofSeconds(Long.parseLong(value)));
        return Optional.empty();
    }

    private Optional<Fault> mx(String value, int start) {
        boolean wildcard = value.startsWith("*.");
        String name = wildcard ? value.substring(2) : value;
        if (!name.chars().allMatch(c -> c < 0x80) || name.isEmpty() || name.endsWith(".")) {
            return fault(start, "mx is written in A-labels without trailing dot (RFC 8461 §3.2)");
        }
        try {
            DomainName host = DomainName.parse(name);
            if (!host.labels().stream().allMatch(StsPolicyParser::isHostLabel)) {
                return fault(start, "mx has labels of letters, digits and inner hyphens (RFC 5321 §4.1.2)");
            }
            mx.add(new MxPattern(wildcard, host));
            return Optional.empty();
        } catch (NameSyntaxException e) {
            return fault(start + (wildcard ? 2 : 0) + e.offset(), e.rule());
        }
    }

    private static boolean isHostLabel(String label) {
        return !label.startsWith("-") && !label.endsWith("-") && label.indexOf('_') < 0;
    }

    private static Optional<Fault> extension(String value, int start) {
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) < ' ' || value.charAt(i) == 0x7f) {
                return fault(start + i, "control characters are not allowed in values (RFC 8461 §3.2)");
            }
        }
        return Optional.empty();
    }

    private static Optional<Fault> fault(int offset, String rule) {
        return Optional.of(new Fault(offset, rule));
    }

    private record Fault(int offset, String rule) {}
}
