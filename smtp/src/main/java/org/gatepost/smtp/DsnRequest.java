// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.util.List;

/// What a sender asks of reports about a message and each of its recipients.
///
/// @param recipients in the order of the envelope's recipients; empty when nothing is asked of any
public record DsnRequest(MessageDsn message, List<RecipientDsn> recipients) {
    /// The sender asked for nothing.
    public static final DsnRequest NONE = new DsnRequest(MessageDsn.NONE, List.of());

    public DsnRequest {
        recipients = recipients.stream().allMatch(RecipientDsn.NONE::equals) ? List.of() : List.copyOf(recipients);
    }

    /// Whether it can belong to an envelope.
    ///
    /// @param count how many recipients the envelope has
    public boolean fits(int count) {
        return recipients.isEmpty() || recipients.size() == count;
    }

    /// @param index of the recipient in the envelope, from 0
    public RecipientDsn recipient(int index) {
        return recipients.isEmpty() ? RecipientDsn.NONE : recipients.get(index);
    }
}
