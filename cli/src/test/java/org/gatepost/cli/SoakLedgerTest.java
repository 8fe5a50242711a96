// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.gatepost.lab.LabDomain;
import org.gatepost.lab.ReceivedMessage;
import org.gatepost.lab.Scenario;
import org.gatepost.lab.Scenarios;
import org.junit.jupiter.api.Test;

/// That a soak which goes wrong is seen to.
class SoakLedgerTest {
    private static final String CONTENT = "Received: by gw.test\r\n" + new SoakMessage(List.of(), 3).content();

    private final SoakLedger ledger = new SoakLedger();

    private static LabDomain domain(String id) {
        Scenario scenario = Scenarios.all().stream()
                .filter(one -> one.id().equals(id))
                .findFirst()
                .orElseThrow();
        return new LabDomain(scenario, List.of(), Optional.empty());
    }

    private static ReceivedMessage copy(String to, String content) {
        return new ReceivedMessage("gw.test", "alice@sender.test", List.of(to), "", content, Optional.empty());
    }

    private static ReceivedMessage report(String about) {
        return copy(
                "alice@sender.test",
                "Subject: x\r\n\r\nFinal-Recipient: rfc822; " + about + "\r\nAction: failed\r\nStatus: 5.0.0\r\n");
    }

    @Test
    void whatIsDeliveredOrReturnedIsOpenNoMore() {
        ledger.submitting(List.of("to1@plain-tls.test", "to2@plain-tls.test", "to3@plain-tls.test"));
        ledger.delivered(domain("plain-tls"), copy("to1@plain-tls.test", CONTENT));
        ledger.returned(report("to2@plain-tls.test"));

        assertThat(ledger.open()).containsExactly("to3@plain-tls.test");
        assertThat(ledger.complaints()).isEmpty();
    }

    @Test
    void mailThatMustNotHaveComeOrNotLikeThisIsComplainedOf() {
        ledger.delivered(domain("dane-mismatch"), copy("to1@dane-mismatch.test", CONTENT));
        ledger.delivered(domain("plain-tls"), copy("x2@plain-tls.test", CONTENT));
        ledger.delivered(domain("plain-tls"), copy("to3@plain-tls.test", CONTENT.substring(0, CONTENT.length() - 1)));
        ledger.returned(copy("alice@sender.test", "Subject: hello\r\n\r\n"));
        ledger.refused("to4@plain-tls.test", "550");

        assertThat(ledger.complaints())
                .containsExactly(
                        "delivered to dane-mismatch",
                        "delivered in clear to dane-mismatch",
                        "delivered, though its client broke off: x2@plain-tls.test",
                        "damaged on its way to [to3@plain-tls.test]",
                        "the sender got what is no report: [Subject: hello, ]",
                        "a message was not taken in: 550");
    }
}
