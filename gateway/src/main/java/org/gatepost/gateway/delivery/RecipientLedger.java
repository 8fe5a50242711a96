// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gatepost.gateway.delivery.RecipientResult.Delivered;
import org.gatepost.gateway.delivery.RecipientResult.NotDelivered;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.InternalDefect;
import org.gatepost.policy.OutcomeRow.NextStep;
import org.gatepost.policy.OutcomeTable;

/// What has become of the recipients of one delivery so far, and by which attempts. Used by one thread.
final class RecipientLedger {
    private final List<Mailbox> recipients;
    private final List<AttemptRecord> attempts = new ArrayList<>();
    private final Map<Mailbox, RecipientResult> settled = new LinkedHashMap<>();
    private final Map<Mailbox, DeliveryFailure> rejected = new LinkedHashMap<>();
    private Optional<DeliveryFailure> worst = Optional.empty();

    RecipientLedger(List<Mailbox> recipients) {
        this.recipients = recipients;
    }

    /// Those for whom another host may be tried.
    List<Mailbox> open() {
        return recipients.stream()
                .filter(recipient -> !settled.containsKey(recipient))
                .toList();
    }

    /// Whether no host has said anything about a recipient.
    boolean isBlank() {
        return settled.isEmpty() && rejected.isEmpty();
    }

    List<AttemptRecord> attempts() {
        return attempts;
    }

    void attempted(AttemptRecord attempt) {
        attempts.add(attempt);
    }

    /// A failure that concerns all who are open.
    void note(DeliveryFailure failure) {
        worst = Optional.of(
                worst.map(other -> OutcomeTable.worst(List.of(other, failure))).orElse(failure));
    }

    /// Forgets the failures noted so far, for another round.
    Optional<DeliveryFailure> forgetFailures() {
        Optional<DeliveryFailure> before = worst;
        worst = Optional.empty();
        return before;
    }

    void noteUnlessOther(Optional<DeliveryFailure> failure) {
        worst = worst.or(() -> failure);
    }

    void delivered(Mailbox recipient, Delivered result) {
        settled.put(recipient, result);
    }

    /// A permanent reply settles the recipient; a temporary one leaves it to the next host (RFC 5321 §5.1).
    void rejected(Mailbox recipient, DeliveryFailure failure) {
        rejected.put(recipient, failure);
        if (OutcomeTable.row(failure).nextStep() == NextStep.RETURN_AT_ONCE) {
            settled.put(recipient, new NotDelivered(failure, attempts));
        }
    }

    /// An entry for each recipient, of which those still open are not through with all hosts.
    ///
    /// @param untried why not
    Map<Mailbox, RecipientResult> resultsSoFar(DeliveryFailure untried) {
        open().forEach(recipient -> settled.put(recipient, new NotDelivered(untried, attempts)));
        return settled;
    }

    /// An entry for each recipient; who is still open gets the failure that weighs most. A defect of ours comes
    /// before what a host said: it may be why no other one took the message.
    Map<Mailbox, RecipientResult> results() {
        for (Mailbox recipient : open()) {
            DeliveryFailure failure = worst.filter(InternalDefect.class::isInstance)
                    .or(() -> Optional.ofNullable(rejected.get(recipient)))
                    .or(() -> worst)
                    .orElseGet(() -> new InternalDefect("no host was tried and no reason noted"));
            settled.put(recipient, new NotDelivered(failure, attempts));
        }
        return settled;
    }
}
