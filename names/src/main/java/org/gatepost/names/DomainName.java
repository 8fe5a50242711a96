// SPDX-License-Identifier: Apache-2.0
package org.gatepost.names;

import com.ibm.icu.text.IDNA;
import java.util.List;
import java.util.Locale;

/// A domain name in A-label form: lower case, no trailing dot; the root is the empty string.
///
/// Two names that differ only in case, in a trailing dot or in U-label against A-label spelling are equal.
/// Labels hold letters, digits, hyphens and underscores: host names plus the service labels of `_25._tcp` and
/// `_mta-sts`.
/// Other octets, though legal in DNS, cannot name a mail host and are refused.
///
/// @spec https://www.rfc-editor.org/rfc/rfc1035 RFC 1035 §2.3.4: labels of 1–63 octets, names up to 253 characters
/// @spec https://www.rfc-editor.org/rfc/rfc5890 RFC 5890: A-labels and U-labels
public record DomainName(String ascii) implements Comparable<DomainName> {
    /// The root of the name space, which is also the exchange of a null MX (RFC 7505 §3).
    public static final DomainName ROOT = new DomainName("");

    private static final int MAX_NAME = 253;
    private static final int MAX_LABEL = 63;

    // UTS 46 non-transitional: java.net.IDN is IDNA2003 and would turn "fußball" into another domain.
    private static final IDNA UTS46 =
            IDNA.getUTS46Instance(IDNA.NONTRANSITIONAL_TO_ASCII | IDNA.CHECK_BIDI | IDNA.CHECK_CONTEXTJ);

    /// @throws NameSyntaxException unless the text is already in canonical form; use [#parse] for text from outside
    public DomainName {
        check(ascii, ascii);
    }

    /// Parses a name as people and protocols write it: any case, U-labels or A-labels, with or without trailing
    /// dot.
    /// `.` is the root; the empty text is refused.
    ///
    /// @throws NameSyntaxException with the place and the rule when the text names no domain
    public static DomainName parse(String text) {
        if (text.equals(".")) {
            return ROOT;
        }
        String name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        if (name.isEmpty()) {
            throw new NameSyntaxException(text, 0, "a domain name must not be empty");
        }
        String ascii = isAscii(name) ? name.toLowerCase(Locale.ROOT) : toAscii(text, name);
        check(text, ascii);
        return new DomainName(ascii);
    }

    private static boolean isAscii(String name) {
        return name.chars().allMatch(c -> c < 0x80);
    }

    private static String toAscii(String text, String name) {
        var info = new IDNA.Info();
        var out = new StringBuilder();
        UTS46.nameToASCII(name, out, info);
        if (info.hasErrors()) {
            throw new NameSyntaxException(
                    text, 0, "not an internationalized domain name by UTS 46: " + info.getErrors());
        }
        return out.toString();
    }

    private static void check(String text, String ascii) {
        if (ascii.isEmpty()) {
            return;
        }
        if (ascii.length() > MAX_NAME) {
            throw new NameSyntaxException(text, MAX_NAME, "a domain name has at most 253 characters (RFC 1035 §2.3.4)");
        }
        int labelStart = 0;
        for (int i = 0; i <= ascii.length(); i++) {
            char c = i < ascii.length() ? ascii.charAt(i) : '.';
            if (c == '.') {
                checkLabel(text, labelStart, i);
                labelStart = i + 1;
            } else if (!isNameCharacter(c)) {
                throw new NameSyntaxException(
                        text, i, "a label holds letters, digits, hyphens and underscores (RFC 1035 §2.3.1)");
            }
        }
    }

    private static boolean isNameCharacter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }

    private static void checkLabel(String text, int start, int end) {
        if (end == start) {
            throw new NameSyntaxException(text, start, "a label must not be empty (RFC 1035 §2.3.1)");
        }
        if (end - start > MAX_LABEL) {
            throw new NameSyntaxException(text, start + MAX_LABEL, "a label has at most 63 octets (RFC 1035 §2.3.4)");
        }
    }

    public boolean isRoot() {
        return ascii.isEmpty();
    }

    /// The labels from the leftmost on; none for the root.
    public List<String> labels() {
        return isRoot() ? List.of() : List.of(ascii.split("\\."));
    }

    /// This name with one or more labels put in front, as in `name.child("_25._tcp")`.
    ///
    /// @throws NameSyntaxException when the result is too long
    public DomainName child(String prefix) {
        return parse(isRoot() ? prefix : prefix + "." + ascii);
    }

    /// The name without its leftmost label; the root's parent is the root.
    public DomainName parent() {
        int dot = ascii.indexOf('.');
        return dot < 0 ? ROOT : new DomainName(ascii.substring(dot + 1));
    }

    /// Whether this name is the other one or lies below it.
    public boolean isWithin(DomainName ancestor) {
        return ancestor.isRoot() || ascii.equals(ancestor.ascii) || ascii.endsWith("." + ancestor.ascii);
    }

    @Override
    public int compareTo(DomainName other) {
        return ascii.compareTo(other.ascii);
    }

    /// The A-label form without trailing dot; `.` for the root.
    @Override
    public String toString() {
        return isRoot() ? "." : ascii;
    }
}
