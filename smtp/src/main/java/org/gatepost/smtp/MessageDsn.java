// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What a sender asks of all reports about a message.
///
/// @param ret how much of the message to return
/// @param encodedEnvelopeId the sender's name for the transaction, in xtext as received, so that it is passed
///     on unchanged
/// @spec https://www.rfc-editor.org/rfc/rfc3461 RFC 3461 §4.3, §4.4
public record MessageDsn(Optional<Ret> ret, Optional<String> encodedEnvelopeId) {
    /// The sender asked for nothing.
    public static final MessageDsn NONE = new MessageDsn(Optional.empty(), Optional.empty());

    private static final int LONGEST_ENVELOPE_ID = 100;

    /// @throws IllegalArgumentException when the envelope id is not xtext of at most 100 characters
    public MessageDsn {
        if (encodedEnvelopeId
                .filter(id -> id.isEmpty() || id.length() > LONGEST_ENVELOPE_ID || !Xtext.isXtext(id))
                .isPresent()) {
            throw new IllegalArgumentException("ENVID takes xtext of at most 100 characters (RFC 3461 section 4.4)");
        }
    }

    /// The sender's name for the transaction, decoded; not printable for sure.
    public Optional<String> envelopeId() {
        return encodedEnvelopeId.map(Xtext::decode);
    }

    /// As parameters of MAIL.
    public List<String> parameters() {
        List<String> parameters = new ArrayList<>();
        ret.ifPresent(wanted -> parameters.add("RET=" + wanted));
        encodedEnvelopeId.ifPresent(id -> parameters.add("ENVID=" + id));
        return parameters;
    }

    /// This with the value of one parameter.
    ///
    /// @param keyword `RET` or `ENVID`
    /// @throws IllegalArgumentException naming the rule that it breaks
    public MessageDsn with(String keyword, String value) {
        return switch (keyword) {
            case "RET" -> new MessageDsn(Optional.of(ret(value)), encodedEnvelopeId);
            case "ENVID" -> new MessageDsn(ret, Optional.of(value));
            default -> throw new IllegalArgumentException("no DSN parameter of MAIL");
        };
    }

    private static Ret ret(String value) {
        return switch (value.toUpperCase(Locale.ROOT)) {
            case "FULL" -> Ret.FULL;
            case "HDRS" -> Ret.HDRS;
            default -> throw new IllegalArgumentException("RET takes FULL or HDRS (RFC 3461 section 4.3)");
        };
    }
}
