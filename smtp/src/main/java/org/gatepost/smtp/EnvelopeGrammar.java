// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.names.NameSyntaxException;

/// Judges the arguments of MAIL and RCPT.
///
/// @spec https://www.rfc-editor.org/rfc/rfc5321 RFC 5321 §4.1.1.2, §4.1.1.3, §4.1.2
/// @spec https://www.rfc-editor.org/rfc/rfc6531 RFC 6531: SMTPUTF8
/// @spec https://www.rfc-editor.org/rfc/rfc3461 RFC 3461 §4: RET, ENVID, NOTIFY, ORCPT
final class EnvelopeGrammar {
    private static final String BAD_SENDER = "5.1.7";
    private static final String BAD_RECIPIENT = "5.1.3";

    private final ServerOptions options;

    EnvelopeGrammar(ServerOptions options) {
        this.options = options;
    }

    /// What only some clients are offered; parameters that are not offered are refused.
    ///
    /// @param requireTls whether TLS protects the connection (RFC 8689 §2)
    /// @param authentication whether AUTH is offered, and with it the parameter of MAIL (RFC 4954 §5)
    record Offer(boolean dsn, boolean requireTls, boolean authentication) {}

    /// A recipient with what is asked of reports about it.
    record Recipient(Mailbox mailbox, RecipientDsn dsn) {}

    MailParameters mail(String argument, Offer offer) throws CommandRefusal {
        PathArgument path = PathArgument.parse(argument, "FROM:", BAD_SENDER);
        OptionalLong size = OptionalLong.empty();
        boolean smtpUtf8 = false;
        boolean eightBitMime = false;
        boolean requireTls = false;
        MessageDsn dsn = MessageDsn.NONE;
        for (Map.Entry<String, Optional<String>> parameter : path.parameters().entrySet()) {
            String value = parameter.getValue().orElse("");
            switch (parameter.getKey()) {
                case "SIZE" -> size = OptionalLong.of(size(value));
                case "BODY" -> eightBitMime = isEightBit(value);
                case "SMTPUTF8" -> smtpUtf8 = requireNoValue("SMTPUTF8", parameter.getValue());
                case "RET", "ENVID" -> {
                    requireOffered(offer.dsn());
                    dsn = within(dsn, parameter.getKey(), value);
                }
                case "REQUIRETLS" -> {
                    requireOffered(offer.requireTls());
                    requireTls = requireNoValue("REQUIRETLS", parameter.getValue());
                }
                case "AUTH" -> {
                    requireOffered(offer.authentication());
                    requireSubmitter(value);
                }
                default -> throw unknownParameter();
            }
        }
        Optional<Mailbox> reversePath = path.mailbox().isEmpty()
                ? Optional.empty()
                : Optional.of(mailbox(path.mailbox(), smtpUtf8, BAD_SENDER));
        return new MailParameters(reversePath, size, smtpUtf8, eightBitMime, dsn, requireTls);
    }

    Recipient recipient(String argument, boolean smtpUtf8, Offer offer) throws CommandRefusal {
        PathArgument path = PathArgument.parse(argument, "TO:", BAD_RECIPIENT);
        RecipientDsn dsn = RecipientDsn.NONE;
        for (Map.Entry<String, Optional<String>> parameter : path.parameters().entrySet()) {
            switch (parameter.getKey()) {
                case "NOTIFY", "ORCPT" -> {
                    requireOffered(offer.dsn());
                    dsn = within(dsn, parameter.getKey(), parameter.getValue().orElse(""));
                }
                default -> throw unknownParameter();
            }
        }
        if (!smtpUtf8 && dsn.original().filter(OriginalRecipient::needsSmtpUtf8).isPresent()) {
            throw new CommandRefusal(553, "5.6.7", "A non-ASCII ORCPT needs the SMTPUTF8 parameter of MAIL");
        }
        return new Recipient(recipient(path, smtpUtf8), dsn);
    }

    private Mailbox recipient(PathArgument path, boolean smtpUtf8) throws CommandRefusal {
        // RFC 5321 §4.1.1.3: the one mailbox that needs no domain.
        if (path.mailbox().equalsIgnoreCase("postmaster")) {
            return new Mailbox(path.mailbox(), new Mailbox.Host.Domain(hostname()));
        }
        return mailbox(path.mailbox(), smtpUtf8, BAD_RECIPIENT);
    }

    private static MessageDsn within(MessageDsn dsn, String keyword, String value) throws CommandRefusal {
        try {
            return dsn.with(keyword, value);
        } catch (IllegalArgumentException e) {
            throw malformed(e);
        }
    }

    private static RecipientDsn within(RecipientDsn dsn, String keyword, String value) throws CommandRefusal {
        try {
            return dsn.with(keyword, value);
        } catch (IllegalArgumentException e) {
            throw malformed(e);
        }
    }

    private static CommandRefusal malformed(IllegalArgumentException e) {
        return new CommandRefusal(
                501, "5.5.4", Optional.ofNullable(e.getMessage()).orElse("A parameter is malformed"));
    }

    private static void requireOffered(boolean offered) throws CommandRefusal {
        if (!offered) {
            throw unknownParameter();
        }
    }

    private DomainName hostname() {
        return options.hostname();
    }

    private static Mailbox mailbox(String text, boolean smtpUtf8, String badPath) throws CommandRefusal {
        // RFC 6531 §3.4: without the parameter the address must be ASCII, and the domain in A-labels.
        if (!smtpUtf8 && text.chars().anyMatch(c -> c >= 0x80)) {
            throw new CommandRefusal(553, "5.6.7", "A non-ASCII address needs the SMTPUTF8 parameter of MAIL");
        }
        try {
            return Mailbox.parse(text);
        } catch (NameSyntaxException e) {
            throw new CommandRefusal(501, badPath, "Not a mailbox: " + e.rule());
        }
    }

    private long size(String digits) throws CommandRefusal {
        // RFC 1870 §3: one to twenty digits; 19 and more are beyond any limit.
        if (!digits.matches("[0-9]{1,20}")) {
            throw new CommandRefusal(501, "5.5.4", "SIZE takes a number of octets (RFC 1870)");
        }
        if (digits.length() > 18 || Long.parseLong(digits) > options.maximumMessageSize()) {
            throw new CommandRefusal(
                    552, "5.3.4", "Messages are limited to " + options.maximumMessageSize() + " octets");
        }
        return Long.parseLong(digits);
    }

    /// Who submitted the message first is not passed on: nobody before us is trusted to know (RFC 4954 §5).
    private static void requireSubmitter(String value) throws CommandRefusal {
        if (value.isEmpty() || !(value.equals("<>") || Xtext.isXtext(value))) {
            throw new CommandRefusal(501, "5.5.4", "AUTH takes <> or a mailbox in xtext (RFC 4954 section 5)");
        }
    }

    private static boolean isEightBit(String value) throws CommandRefusal {
        return switch (value.toUpperCase(Locale.ROOT)) {
            case "8BITMIME" -> true;
            case "7BIT" -> false;
            default -> throw new CommandRefusal(501, "5.5.4", "BODY takes 7BIT or 8BITMIME (RFC 6152)");
        };
    }

    private static boolean requireNoValue(String keyword, Optional<String> value) throws CommandRefusal {
        if (value.isPresent()) {
            throw new CommandRefusal(501, "5.5.4", keyword + " takes no value");
        }
        return true;
    }

    private static CommandRefusal unknownParameter() {
        return new CommandRefusal(555, "5.5.4", "A parameter is not known or not offered (RFC 5321 section 4.1.1.11)");
    }
}
