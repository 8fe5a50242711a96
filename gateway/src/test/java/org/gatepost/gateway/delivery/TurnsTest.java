// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedRecipient;
import org.junit.jupiter.api.Test;

/// Who comes next, and how much of the deliveries the domains may take of which nothing good is known.
class TurnsTest {
    private final Turns turns = new Turns(8);

    private static DomainQueue queue(String domain, int attempts, Feedback... shown) {
        DomainPace pace = new DomainPace(10);
        for (Feedback one : shown) {
            pace.note(one);
        }
        DomainQueue queue = new DomainQueue(DomainName.parse(domain), pace);
        queue.add(List.of(new QueuedRecipient(
                new MessageId(1), 0, Mailbox.parse("anna@" + domain), attempts, DeliveryWorld.NOW, List.of())));
        return queue;
    }

    private int begun(int attempts) {
        for (int i = 0; i < 20; i++) {
            turns.add(queue("d" + i + ".test", attempts));
        }
        int begun = 0;
        for (DomainQueue next = turns.next(); next != null; next = turns.next()) {
            turns.begins(next);
            begun++;
        }
        return begun;
    }

    @Test
    void firstAttemptsToTheUnknownLeaveAQuarter() {
        assertThat(begun(0)).isEqualTo(6);
    }

    @Test
    void retriesLeaveHalf() {
        assertThat(begun(3)).isEqualTo(4);
    }

    @Test
    void domainsKnownToBeUpAlwaysMayBegin() {
        begun(3);
        begun(0);
        DomainQueue known = queue("known.test", 1, Feedback.POSITIVE);
        turns.add(known);
        assertThat(turns.next()).isSameAs(known);
    }

    @Test
    void theEndOfADeliveryMakesRoomForAnother() {
        begun(3);
        assertThat(turns.next()).isNull();
        turns.ended(Turns.Kind.RETRY);
        assertThat(turns.next()).isNotNull();
    }

    @Test
    void theLinesTakeTurns() {
        turns.add(queue("first1.test", 0));
        turns.add(queue("first2.test", 0));
        turns.add(queue("known1.test", 0, Feedback.POSITIVE));
        turns.add(queue("known2.test", 0, Feedback.POSITIVE));
        turns.add(queue("again1.test", 1));
        List<String> order = Stream.generate(turns::next)
                .limit(5)
                .map(queue -> queue.domain().toString())
                .toList();
        assertThat(order).containsExactly("known1.test", "first1.test", "again1.test", "known2.test", "first2.test");
    }

    @Test
    void whatWasLearnedMeanwhileCounts() {
        begun(0);
        DomainQueue down = queue("down.test", 0, Feedback.POSITIVE);
        turns.add(down);
        down.pace().note(Feedback.NEGATIVE);
        turns.move(down, Turns.Kind.PROVEN);
        assertThat(turns.next()).isNull();
    }

    @Test
    void aDomainThatProvesWellLeavesTheLineOfTheUnknown() {
        begun(0);
        DomainQueue live = queue("live.test", 0);
        turns.add(live);
        live.pace().note(Feedback.POSITIVE);
        assertThat(turns.next()).isNull();
        turns.move(live, Turns.Kind.FIRST);
        assertThat(turns.next()).isSameAs(live);
    }
}
