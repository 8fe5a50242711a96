// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What a sender asks of reports about one recipient.
///
/// @param notifyOn empty when the sender did not say
/// @param original the recipient as the sender first named it
/// @spec https://www.rfc-editor.org/rfc/rfc3461 RFC 3461 §4.1, §4.2
public record RecipientDsn(Set<Notify> notifyOn, Optional<OriginalRecipient> original) {
    /// The sender asked for nothing.
    public static final RecipientDsn NONE = new RecipientDsn(Set.of(), Optional.empty());

    /// No report, whatever happens: for mail that is a report itself (RFC 3461 §6.1).
    public static final RecipientDsn NEVER = new RecipientDsn(Set.of(Notify.NEVER), Optional.empty());

    /// @throws IllegalArgumentException when `NEVER` does not stand alone
    public RecipientDsn {
        if (notifyOn.contains(Notify.NEVER) && notifyOn.size() > 1) {
            throw new IllegalArgumentException("NOTIFY=NEVER stands alone (RFC 3461 §4.1)");
        }
        notifyOn = notifyOn.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(notifyOn));
    }

    /// Whether the sender is to be told. Who says nothing hears of failures and, which is ours to choose, of
    /// delays (RFC 3461 §4.1).
    public boolean wants(Notify what) {
        return notifyOn.isEmpty() ? what == Notify.FAILURE || what == Notify.DELAY : notifyOn.contains(what);
    }

    /// As parameters of RCPT.
    public List<String> parameters() {
        List<String> parameters = new ArrayList<>();
        if (!notifyOn.isEmpty()) {
            parameters.add("NOTIFY=" + notifyOn.stream().map(Notify::name).collect(Collectors.joining(",")));
        }
        original.ifPresent(address -> parameters.add("ORCPT=" + address));
        return parameters;
    }

    /// This with the value of one parameter.
    ///
    /// @param keyword `NOTIFY` or `ORCPT`
    /// @throws IllegalArgumentException naming the rule that it breaks
    public RecipientDsn with(String keyword, String value) {
        return switch (keyword) {
            case "NOTIFY" -> new RecipientDsn(Notify.parse(value), original);
            case "ORCPT" -> new RecipientDsn(notifyOn, Optional.of(OriginalRecipient.parse(value)));
            default -> throw new IllegalArgumentException("no DSN parameter of RCPT");
        };
    }
}
