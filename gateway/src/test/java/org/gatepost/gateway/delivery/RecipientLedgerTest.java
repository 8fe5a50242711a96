// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.gateway.delivery.DeliveryWorld.ANNA;

import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.delivery.RecipientResult.NotDelivered;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.InternalDefect;
import org.gatepost.policy.DeliveryFailure.PeerRejected;
import org.junit.jupiter.api.Test;

/// Which of several failures counts.
class RecipientLedgerTest {
    private final RecipientLedger ledger = new RecipientLedger(List.of(ANNA));

    private DeliveryFailure failure() {
        if (ledger.results().get(ANNA) instanceof NotDelivered(DeliveryFailure failure, var _)) {
            return failure;
        }
        throw new AssertionError("delivered");
    }

    /// Another host might have taken it: by a defect mail is never returned (spec Q4).
    @Test
    void aDefectOfOursComesBeforeWhatAHostSaid() {
        ledger.rejected(ANNA, new PeerRejected("RCPT", 451, Optional.empty(), "later"));
        var defect = new InternalDefect("the content cannot be read");
        ledger.note(defect);
        assertThat(failure()).isEqualTo(defect);
    }

    @Test
    void whatAHostSaidForGoodStays() {
        var refusal = new PeerRejected("RCPT", 550, Optional.empty(), "no");
        ledger.rejected(ANNA, refusal);
        ledger.note(new InternalDefect("the content cannot be read"));
        assertThat(failure()).isEqualTo(refusal);
        assertThat(ledger.isBlank()).isFalse();
    }
}
