// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.tlsrpt.TlsRptFields.SyntaxProblem;

/// One URI of `rua`: usable, well-formed but of no use to us, or malformed.
sealed interface ReportUriText {
    Pattern ALLOWED = Pattern.compile("[A-Za-z0-9._~:/?#\\[\\]@$&'()*+=%-]+");
    int MOST_CHARACTERS = 2048;

    record Usable(ReportUri uri) implements ReportUriText {}

    /// @param rule why, as a sentence part
    record Unusable(String rule) implements ReportUriText {}

    /// @param offset where it stands in the record
    static ReportUriText parse(String text, int offset) throws SyntaxProblem {
        // RFC 8460 §3: commas, exclamation points and semicolons are percent-encoded.
        if (text.length() > MOST_CHARACTERS || !ALLOWED.matcher(text).matches()) {
            throw new SyntaxProblem("not a URI (RFC 8460 §3, RFC 3986)", offset, text);
        }
        try {
            URI uri = new URI(text);
            String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
            return switch (scheme) {
                case "" -> throw new SyntaxProblem("a URI needs a scheme (RFC 3986 §3)", offset, text);
                case "mailto" -> mail(uri);
                case "https" -> https(uri);
                default -> new Unusable("rua is neither mailto nor https (RFC 8460 §3): " + Printable.line(scheme, 20));
            };
        } catch (URISyntaxException e) {
            throw new SyntaxProblem("not a URI (RFC 3986)", offset + Math.max(e.getIndex(), 0), text);
        }
    }

    private static ReportUriText mail(URI uri) {
        String opaque = uri.getRawSchemeSpecificPart();
        int query = opaque.indexOf('?');
        try {
            return new Usable(
                    new ReportUri.Mail(Mailbox.parse(decoded(query < 0 ? opaque : opaque.substring(0, query)))));
        } catch (NameSyntaxException e) {
            return new Unusable("mailto: without an address (RFC 6068 §2): " + e.rule());
        } catch (CharacterCodingException e) {
            return new Unusable("mailto: with octets that are not UTF-8 (RFC 6068 §2)");
        }
    }

    /// The text percent-decoded; its escapes are known to be well-formed.
    private static String decoded(String text) throws CharacterCodingException {
        var octets = new byte[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '%') {
                octets[length++] = (byte) Integer.parseInt(text.substring(i + 1, i + 3), 16);
                i += 2;
            } else {
                octets[length++] = (byte) text.charAt(i);
            }
        }
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(octets, 0, length))
                .toString();
    }

    private static ReportUriText https(URI uri) throws URISyntaxException {
        if (uri.isOpaque() || uri.getHost() == null) {
            return new Unusable("https: without a host (RFC 9110 §4.2.2)");
        }
        if (uri.getRawUserInfo() != null) {
            return new Unusable("https: with user information (RFC 9110 §4.2.4)");
        }
        if (uri.getPort() == 0 || uri.getPort() > 65_535) {
            return new Unusable("https: with a port out of range");
        }
        if (!uri.getHost().startsWith("[") && !isName(uri.getHost())) {
            return new Unusable("https: with a host that is no domain name (RFC 9110 §4.2.2)");
        }
        String text = uri.toString();
        int fragment = text.indexOf('#');
        return new Usable(new ReportUri.Https(fragment < 0 ? uri : new URI(text.substring(0, fragment))));
    }

    private static boolean isName(String host) {
        try {
            return !DomainName.parse(host).isRoot();
        } catch (NameSyntaxException e) {
            return false;
        }
    }
}
