// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The recipient as the sender first named it, kept as received so that it is passed on unchanged.
///
/// @param addressType such as `rfc822`, in the letters of the sender
/// @param encoded the address in xtext; of type `utf-8`, also in the forms of RFC 6533 §3
/// @spec https://www.rfc-editor.org/rfc/rfc3461 RFC 3461 §4.2
public record OriginalRecipient(String addressType, String encoded) {
    /// Characters of the parameter's value: RFC 3461 §4.2 sets 500 for the encoded form.
    static final int MAXIMUM_LENGTH = 500;

    private static final Pattern TYPE = Pattern.compile("[A-Za-z0-9!#$%&'*/?^_`{|}~-]+");
    private static final Pattern EMBEDDED = Pattern.compile("\\\\x\\{([0-9A-Fa-f]{1,6})\\}");

    /// @throws IllegalArgumentException naming the rule that the value breaks
    public static OriginalRecipient parse(String value) {
        int semicolon = value.indexOf(';');
        if (semicolon < 1 || semicolon == value.length() - 1 || value.length() > MAXIMUM_LENGTH) {
            throw new IllegalArgumentException(
                    "ORCPT takes type;address, at most 500 characters (RFC 3461 section 4.2)");
        }
        String type = value.substring(0, semicolon);
        String address = value.substring(semicolon + 1);
        boolean international = type.equalsIgnoreCase("utf-8");
        String judged = international ? address.replaceAll("[^\\p{ASCII}]", "") : address;
        if (!TYPE.matcher(type).matches() || !Xtext.isXtext(judged)) {
            throw new IllegalArgumentException("ORCPT takes a type and an address in xtext (RFC 3461 section 4.2)");
        }
        return new OriginalRecipient(type, address);
    }

    /// Whether it can only be passed on with SMTPUTF8 (RFC 6533 §3).
    public boolean needsSmtpUtf8() {
        return encoded.chars().anyMatch(c -> c >= 0x80);
    }

    /// The address as a report shows it; not judged, and not printable for sure.
    public String address() {
        String decoded = Xtext.decode(encoded);
        return addressType.equalsIgnoreCase("utf-8")
                ? EMBEDDED.matcher(decoded).replaceAll(c -> Matcher.quoteReplacement(character(c.group(1))))
                : decoded;
    }

    private static String character(String hexadecimal) {
        int codePoint = Integer.parseInt(hexadecimal, 16);
        return Character.isValidCodePoint(codePoint) ? Character.toString(codePoint) : "\uFFFD";
    }

    /// As the parameter spells it.
    @Override
    public String toString() {
        return addressType + ";" + encoded;
    }
}
