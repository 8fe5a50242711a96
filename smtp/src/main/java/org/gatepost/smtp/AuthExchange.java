// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The server's half of what AUTH begins: challenges and responses until the client's credentials are whole.
///
/// PLAIN is what RFC 4954 §4 demands of every server; LOGIN never became a standard, and is all that many devices
/// know. Both send the password as it is, so that they are for TLS only.
///
/// @spec https://www.rfc-editor.org/rfc/rfc4954 RFC 4954 §4
/// @spec https://www.rfc-editor.org/rfc/rfc4616 RFC 4616: PLAIN
final class AuthExchange {
    /// As the EHLO reply names them.
    static final String MECHANISMS = "PLAIN LOGIN";

    /// RFC 4954 §4: how a client ends an exchange.
    static final String CANCEL = "*";

    /// Octets of user name or password; RFC 4616 §2 has both of up to 255 characters in mind.
    private static final int LONGEST = 1000;

    private final Mechanism mechanism;
    private final List<byte[]> responses = new ArrayList<>();

    private enum Mechanism {
        PLAIN,
        LOGIN;

        List<String> challenges() {
            return switch (this) {
                case PLAIN -> List.of("");
                case LOGIN -> List.of("Username:", "Password:");
            };
        }
    }

    private AuthExchange(Mechanism mechanism) {
        this.mechanism = mechanism;
    }

    /// @param argument of the AUTH command: a mechanism and perhaps the first response
    static AuthExchange begin(String argument) throws CommandRefusal {
        String[] words = argument.split(" +", -1);
        if (words.length > 2 || words[0].isEmpty()) {
            throw new CommandRefusal(501, "5.5.4", "Syntax: AUTH mechanism [initial-response]");
        }
        AuthExchange exchange = switch (words[0].toUpperCase(Locale.ROOT)) {
            case "PLAIN" -> new AuthExchange(Mechanism.PLAIN);
            case "LOGIN" -> new AuthExchange(Mechanism.LOGIN);
            default -> throw new CommandRefusal(504, "5.5.4", "Mechanism not offered: " + MECHANISMS + " are");
        };
        if (words.length == 2) {
            // RFC 4954 §4: one that is there and empty.
            exchange.respond(words[1].equals("=") ? "" : words[1]);
        }
        return exchange;
    }

    /// What the client has to answer next, in base64; empty when nothing is missing.
    Optional<String> challenge() {
        return mechanism.challenges().stream()
                .skip(responses.size())
                .findFirst()
                .map(text -> Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII)));
    }

    /// @param base64 a line of the client's that is not [#CANCEL]
    void respond(String base64) throws CommandRefusal {
        try {
            responses.add(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException e) {
            throw new CommandRefusal(501, "5.5.2", "Not base64 (RFC 4954 section 4)");
        }
    }

    /// What the client said, when no [#challenge] is left.
    Credentials credentials() throws CommandRefusal {
        return switch (mechanism) {
            case PLAIN -> plain(text(responses.getFirst()));
            case LOGIN -> credentials(text(responses.get(0)), text(responses.get(1)));
        };
    }

    /// `[authzid] NUL authcid NUL passwd`
    private static Credentials plain(String message) throws CommandRefusal {
        String[] parts = message.split("\0", -1);
        if (parts.length != 3) {
            throw malformed();
        }
        if (!parts[0].isEmpty() && !parts[0].equals(parts[1])) {
            throw new CommandRefusal(535, "5.7.8", "Nobody may act for another user here");
        }
        return credentials(parts[1], parts[2]);
    }

    private static Credentials credentials(String user, String password) throws CommandRefusal {
        if (!isFit(user) || !isFit(password)) {
            throw malformed();
        }
        return new Credentials(user, password);
    }

    private static boolean isFit(String text) {
        return !text.isEmpty() && text.indexOf('\0') < 0 && text.getBytes(StandardCharsets.UTF_8).length <= LONGEST;
    }

    private static String text(byte[] octets) throws CommandRefusal {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(octets))
                    .toString();
        } catch (CharacterCodingException e) {
            throw malformed();
        }
    }

    private static CommandRefusal malformed() {
        return new CommandRefusal(501, "5.5.2", "User name and password of 1 to 1000 octets of UTF-8 are expected");
    }
}
