// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;
import org.xbill.DNS.DNSSEC;

/// Reads trust anchor records in zone-file form: one logical line a record, parentheses joining physical
/// lines.
///
/// Not dnsjava's zone reader: that one follows `$INCLUDE` and cannot tell the operator which line is wrong.
final class AnchorRecords {
    /// The algorithms validated here (RFC 8624 §3.1 less SHA-1, which RFC 9905 retires).
    static final List<Integer> ALGORITHMS = List.of(8, 10, 13, 14, 15, 16);

    private static final Pattern WORD = Pattern.compile("[()]|[^\\s()]+");
    private static final Pattern TTL = Pattern.compile("[0-9]+|([0-9]+[wdhmsWDHMS])+");
    private static final Pattern AUTOTRUST_STATE = Pattern.compile(";;state=([0-9]+)");
    private static final int ZONE_KEY = 0x0100;
    private static final int REVOKED = 0x0080;

    private final String source;
    private final boolean keepsAll;
    private final List<Entry> usable = new ArrayList<>();
    private int records;
    private String lastOwner = "";

    private AnchorRecords(String source, boolean keepsAll) {
        this.source = source;
        this.keepsAll = keepsAll;
    }

    /// One usable record: its owner, and itself as one line `owner IN type rdata`.
    record Entry(DomainName owner, String text) {}

    /// One record's words with the line it starts on.
    private record Line(int number, boolean keepsOwner, List<String> words, String comment) {}

    /// @return the usable records, at least one of them for the root
    /// @throws TrustAnchorException with one line: source, line, rule
    static List<Entry> parse(String source, String text) throws TrustAnchorException {
        AnchorRecords parser = read(source, text, false);
        if (parser.usable.stream().noneMatch(e -> e.owner().isRoot())) {
            throw new TrustAnchorException(source + ": no usable DS or DNSKEY record for the root in it (algorithms "
                    + ALGORITHMS + ", digests 2 and 4)");
        }
        return List.copyOf(parser.usable);
    }

    /// As [#parse], but for any names, and whether or not this resolver validates the algorithms.
    static List<Entry> parseAll(String source, String text) throws TrustAnchorException {
        return List.copyOf(read(source, text, true).usable);
    }

    private static AnchorRecords read(String source, String text, boolean keepsAll) throws TrustAnchorException {
        var parser = new AnchorRecords(source, keepsAll);
        for (Line line : parser.logicalLines(text)) {
            parser.read(line);
        }
        if (parser.records == 0) {
            throw new TrustAnchorException(source + ": no DS or DNSKEY record in it");
        }
        return parser;
    }

    private List<Line> logicalLines(String text) throws TrustAnchorException {
        var lines = new ArrayList<Line>();
        var words = new ArrayList<String>();
        var comment = new StringBuilder();
        int depth = 0;
        int start = 0;
        boolean keepsOwner = false;
        int number = 0;
        for (String raw : text.lines().toList()) {
            number++;
            int semicolon = raw.indexOf(';');
            String content = semicolon < 0 ? raw : raw.substring(0, semicolon);
            comment.append(semicolon < 0 ? "" : raw.substring(semicolon));
            if (depth == 0) {
                start = number;
                keepsOwner = !content.isEmpty() && Character.isWhitespace(content.charAt(0));
            }
            for (String word :
                    WORD.matcher(content).results().map(MatchResult::group).toList()) {
                switch (word) {
                    case "(" -> depth++;
                    case ")" -> depth--;
                    default -> words.add(word);
                }
            }
            if (depth < 0) {
                throw wrong(number, "a closing parenthesis without an opening one");
            }
            if (depth == 0) {
                if (!words.isEmpty()) {
                    lines.add(new Line(start, keepsOwner, List.copyOf(words), comment.toString()));
                }
                words.clear();
                comment.setLength(0);
            }
        }
        if (depth > 0) {
            throw wrong(start, "a parenthesis is not closed");
        }
        return lines;
    }

    private void read(Line line) throws TrustAnchorException {
        var words = new ArrayList<>(line.words());
        if (words.getFirst().startsWith("$")) {
            throw wrong(line.number(), "directives such as " + printable(words.getFirst()) + " are not supported here");
        }
        if (!line.keepsOwner()) {
            lastOwner = words.removeFirst();
        }
        DomainName owner = owner(line.number());
        while (!words.isEmpty() && isClassOrTtl(words.getFirst())) {
            words.removeFirst();
        }
        String type = words.isEmpty() ? "" : words.removeFirst().toUpperCase(Locale.ROOT);
        boolean trusted = switch (type) {
            case "DS" -> isUsableDs(line.number(), words);
            case "DNSKEY" -> isUsableKey(line.number(), words) && isTrustedState(line.comment());
            default -> throw wrong(line.number(), "a trust anchor is a DS or DNSKEY record");
        };
        records++;
        int algorithm = type.equals("DS") ? 1 : 2;
        words.set(algorithm, Integer.toString(algorithm(line.number(), words.get(algorithm))));
        if (trusted) {
            String last = String.join("", words.subList(3, words.size()));
            String plain = String.join(" ", words.subList(0, 3)) + " ";
            String data = switch (type) {
                case "DS" -> keepsAll ? octets(words, last) : plain + last;
                default -> plain + padded(last);
            };
            usable.add(new Entry(owner, (owner.isRoot() ? "." : owner + ".") + " IN " + type + " " + data));
        }
    }

    /// Base64 may come here without its padding; dnsjava does not take it so.
    private static String padded(String base64) {
        return Base64.getEncoder().encodeToString(Base64.getDecoder().decode(base64));
    }

    /// The form for any data (RFC 3597 §5): a digest that is too long or too short can be written, and fits no key.
    private static String octets(List<String> fields, String digest) {
        var head = ByteBuffer.allocate(4)
                .putShort((short) Integer.parseInt(fields.get(0)))
                .put((byte) Integer.parseInt(fields.get(1)))
                .put((byte) Integer.parseInt(fields.get(2)));
        String hex = HexFormat.of().formatHex(head.array()) + digest;
        return "\\# " + hex.length() / 2 + " " + hex;
    }

    private DomainName owner(int line) throws TrustAnchorException {
        if (!lastOwner.endsWith(".")) {
            throw wrong(line, "a record starts with its owner's full name, with the trailing dot");
        }
        try {
            return DomainName.parse(lastOwner);
        } catch (NameSyntaxException e) {
            throw wrong(line, "the owner is not a domain name: " + e.rule());
        }
    }

    private static boolean isClassOrTtl(String word) {
        return word.equalsIgnoreCase("IN") || TTL.matcher(word).matches();
    }

    private static boolean isUsableDsDigest(int digestType) {
        return digestType == 2 || digestType == 4;
    }

    private boolean isUsableDs(int line, List<String> words) throws TrustAnchorException {
        if (words.size() < 4) {
            throw wrong(line, "a DS record has key tag, algorithm, digest type and digest (RFC 4034 §5.3)");
        }
        number(line, words.get(0), 65535, "the key tag");
        int algorithm = algorithm(line, words.get(1));
        int digestType = number(line, words.get(2), 255, "the digest type");
        byte[] digest;
        try {
            digest = HexFormat.of().parseHex(String.join("", words.subList(3, words.size())));
        } catch (IllegalArgumentException e) {
            throw wrong(line, "the digest is an even number of hexadecimal digits (RFC 4034 §5.3)");
        }
        if (keepsAll || !isUsableDsDigest(digestType) || !ALGORITHMS.contains(algorithm)) {
            return keepsAll;
        }
        int length = digestType == 2 ? 32 : 48;
        if (digest.length != length) {
            throw wrong(line, "a digest of type " + digestType + " has " + length + " octets, not " + digest.length);
        }
        return true;
    }

    private boolean isUsableKey(int line, List<String> words) throws TrustAnchorException {
        if (words.size() < 4) {
            throw wrong(line, "a DNSKEY record has flags, protocol, algorithm and key (RFC 4034 §2.2)");
        }
        int flags = number(line, words.get(0), 65535, "the flags field");
        if (number(line, words.get(1), 255, "the protocol") != 3) {
            throw wrong(line, "the protocol of a DNSKEY record is 3 (RFC 4034 §2.1.2)");
        }
        int algorithm = algorithm(line, words.get(2));
        try {
            Base64.getDecoder().decode(String.join("", words.subList(3, words.size())));
        } catch (IllegalArgumentException e) {
            throw wrong(line, "the key is not Base64 (RFC 4034 §2.2)");
        }
        if ((flags & ZONE_KEY) == 0) {
            throw wrong(line, "the flags say that this is no zone key (RFC 4034 §2.1.1)");
        }
        return (flags & REVOKED) == 0 && (keepsAll || ALGORITHMS.contains(algorithm));
    }

    /// Unbound notes RFC 5011 §4 states in comments: 2 is Valid and 3 Missing; every other state is not
    /// trusted.
    private static boolean isTrustedState(String comment) {
        Matcher state = AUTOTRUST_STATE.matcher(comment);
        return !state.find() || state.group(1).equals("2") || state.group(1).equals("3");
    }

    /// A number or a mnemonic of RFC 4034 §A.1.
    private int algorithm(int line, String word) throws TrustAnchorException {
        int known = DNSSEC.Algorithm.value(word);
        return known < 0 ? number(line, word, 255, "the algorithm") : known;
    }

    private int number(int line, String word, int maximum, String what) throws TrustAnchorException {
        if (word.length() <= 5 && word.chars().allMatch(c -> c >= '0' && c <= '9')) {
            int value = Integer.parseInt(word);
            if (value <= maximum) {
                return value;
            }
        }
        throw wrong(line, what + " is a number from 0 to " + maximum + ", not " + printable(word));
    }

    private TrustAnchorException wrong(int line, String rule) {
        return new TrustAnchorException(source + ", line " + line + ": " + rule);
    }

    private static String printable(String word) {
        String cut = word.length() > 40 ? word.substring(0, 40) + "..." : word;
        return "'" + cut.replaceAll("[^ -~]", "?") + "'";
    }
}
