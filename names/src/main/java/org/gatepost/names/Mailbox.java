// SPDX-License-Identifier: Apache-2.0
package org.gatepost.names;

import java.net.InetAddress;

/// A mailbox as an SMTP envelope names it: a local part, kept octet for octet, and where it lives.
///
/// The local part is kept as it was written, quoted string or dot string, because only the receiving host
/// may interpret it (RFC 5321 §2.3.11); the domain is compared as a name.
///
/// @spec https://www.rfc-editor.org/rfc/rfc5321 RFC 5321 §4.1.2: Mailbox
/// @spec https://www.rfc-editor.org/rfc/rfc6531 RFC 6531 §3.3: non-ASCII local parts and U-labels
public record Mailbox(String localPart, Host host) {
    private static final int MAX_LOCAL_PART = 64;
    private static final int MAX_MAILBOX = 254;

    /// What stands right of the `@`.
    public sealed interface Host {
        /// A domain whose mail exchangers are looked up in DNS.
        record Domain(DomainName name) implements Host {
            @Override
            public String toString() {
                return name.toString();
            }
        }

        /// An address literal (RFC 5321 §4.1.3): mail goes to that address, and no policy can be looked up.
        record Literal(InetAddress address) implements Host {
            @Override
            public String toString() {
                return address instanceof java.net.Inet6Address
                        ? "[IPv6:" + address.getHostAddress() + "]"
                        : "[" + address.getHostAddress() + "]";
            }
        }
    }

    /// Parses `local-part@domain` or `local-part@[address]`.
    ///
    /// @throws NameSyntaxException with the place and the rule
    public static Mailbox parse(String text) {
        int at = endOfLocalPart(text);
        String local = text.substring(0, at);
        if (local.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > MAX_LOCAL_PART) {
            throw new NameSyntaxException(
                    text, MAX_LOCAL_PART, "a local part has at most 64 octets (RFC 5321 §4.5.3.1.1)");
        }
        if (text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > MAX_MAILBOX) {
            throw new NameSyntaxException(text, MAX_MAILBOX, "a mailbox has at most 254 octets (RFC 5321 §4.5.3.1.3)");
        }
        if (at >= text.length() || text.charAt(at) != '@') {
            throw new NameSyntaxException(text, at, "an '@' must follow the local part (RFC 5321 §4.1.2)");
        }
        return new Mailbox(local, parseHost(text, at + 1));
    }

    private static Host parseHost(String text, int start) {
        String host = text.substring(start);
        if (host.startsWith("[")) {
            return new Host.Literal(parseLiteral(text, start));
        }
        try {
            DomainName name = DomainName.parse(host);
            if (name.isRoot() || host.endsWith(".")) {
                throw new NameSyntaxException(
                        text, start, "a mailbox domain has labels and no trailing dot (RFC 5321 §4.1.2)");
            }
            return new Host.Domain(name);
        } catch (NameSyntaxException e) {
            throw new NameSyntaxException(text, Math.min(text.length(), start + e.offset()), e.rule());
        }
    }

    private static InetAddress parseLiteral(String text, int start) {
        String inner = text.endsWith("]") ? text.substring(start + 1, text.length() - 1) : "";
        try {
            if (inner.regionMatches(true, 0, "IPv6:", 0, 5)) {
                InetAddress address = java.net.Inet6Address.ofLiteral(inner.substring(5));
                return address;
            }
            return java.net.Inet4Address.ofLiteral(inner);
        } catch (IllegalArgumentException e) {
            throw new NameSyntaxException(text, start, "not an address literal (RFC 5321 §4.1.3)");
        }
    }

    /// Index of the first character after the local part.
    private static int endOfLocalPart(String text) {
        if (text.startsWith("\"")) {
            return endOfQuotedString(text);
        }
        int i = 0;
        while (i < text.length() && text.charAt(i) != '@') {
            if (!isAtext(text.charAt(i)) && !(text.charAt(i) == '.' && isInnerDot(text, i))) {
                throw new NameSyntaxException(text, i, "not allowed in an unquoted local part (RFC 5321 §4.1.2)");
            }
            i++;
        }
        if (i == 0) {
            throw new NameSyntaxException(text, 0, "the local part must not be empty (RFC 5321 §4.1.2)");
        }
        return i;
    }

    private static boolean isInnerDot(String text, int i) {
        return i > 0 && text.charAt(i - 1) != '.' && i + 1 < text.length() && text.charAt(i + 1) != '@';
    }

    private static boolean isAtext(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || "!#$%&'*+-/=?^_`{|}~".indexOf(c) >= 0
                || c > 0x9f;
    }

    private static int endOfQuotedString(String text) {
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                return i + 1;
            }
            if (c == '\\') {
                i++;
                c = i < text.length() ? text.charAt(i) : 0;
            }
            if (c < 0x20 || (c >= 0x7f && c <= 0x9f)) {
                throw new NameSyntaxException(
                        text,
                        Math.min(i, text.length()),
                        "control characters are not allowed in a quoted local part (RFC 5321 §4.1.2)");
            }
        }
        throw new NameSyntaxException(text, text.length(), "the quoted local part does not end (RFC 5321 §4.1.2)");
    }

    /// Whether the mailbox can only travel with SMTPUTF8 (RFC 6531 §3.2): its local part is not ASCII.
    public boolean needsSmtpUtf8() {
        return localPart.chars().anyMatch(c -> c >= 0x80);
    }

    @Override
    public String toString() {
        return localPart + "@" + host;
    }
}
