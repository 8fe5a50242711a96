// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedRecipient;
import org.gatepost.spool.RecipientId;
import org.junit.jupiter.api.Test;

/// In which order a domain's mail waits, is set aside and comes back.
class DomainQueueTest {
    private final DomainQueue queue = new DomainQueue(DomainName.parse("example.test"), new DomainPace(10));

    private static List<QueuedRecipient> delivery(String sender, long message, int recipients) {
        return IntStream.range(0, recipients)
                .mapToObj(i -> new QueuedRecipient(
                        new MessageId(message),
                        i,
                        Mailbox.parse("r" + i + "@example.test"),
                        0,
                        DeliveryWorld.NOW,
                        List.of(),
                        false,
                        sender))
                .toList();
    }

    private List<Long> taken(int most) {
        return queue.takeFromAside(most).stream()
                .map(id -> id.message().value())
                .distinct()
                .toList();
    }

    private List<Long> begun() {
        List<Long> order = new ArrayList<>();
        while (queue.mayBegin()) {
            order.add(queue.begin().getFirst().message().value());
            queue.ended();
        }
        return order;
    }

    @Test
    void sendersTakeTurnsAndTheirOwnMailKeepsItsOrder() {
        queue.add(delivery("a", 1, 1));
        queue.add(delivery("a", 2, 1));
        queue.add(delivery("a", 3, 1));
        queue.add(delivery("b", 4, 1));
        assertThat(begun()).containsExactly(1L, 4L, 2L, 3L);
    }

    @Test
    void whatIsSetAsideComesBackInOrderAndNoMoreThanFits() {
        for (int i = 1; i <= 10; i++) {
            queue.setAside(delivery("a", i, 1));
        }
        queue.add(delivery("a", 11, 1));
        assertThat(taken(4)).containsExactly(1L, 2L, 3L);
        assertThat(taken(4)).as("three are on their way back").isEmpty();
        queue.returned(3);
        assertThat(taken(4)).containsExactly(4L, 5L, 6L);
    }

    @Test
    void theRecipientsOfADeliveryStayTogether() {
        queue.setAside(delivery("a", 1, 5));
        queue.setAside(delivery("b", 2, 5));
        List<RecipientId> taken = queue.takeFromAside(2);
        assertThat(taken).hasSize(5).extracting(RecipientId::message).containsOnly(new MessageId(1));
    }

    @Test
    void whatWasNotTriedIsFirstAgainAfterARest() {
        queue.setAside(delivery("a", 4, 1));
        queue.add(delivery("a", 1, 1));
        queue.add(delivery("a", 2, 1));
        queue.add(delivery("a", 3, 1));
        List<QueuedRecipient> untried = queue.begin();
        queue.ended();
        assertThat(queue.setAllAside(untried)).isEqualTo(2);
        assertThat(taken(10)).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void oneOfWhomNothingWaitsGetsAPlaceBesideAFlood() {
        for (int i = 1; i <= 5; i++) {
            queue.add(delivery("flood", i, 1));
        }
        assertThat(queue.isFull("flood", 5)).isTrue();
        assertThat(queue.isFull("anna", 5)).isFalse();
        for (int i = 6; i <= 10; i++) {
            queue.add(delivery("s" + i, i, 1));
        }
        assertThat(queue.isFull("anna", 5)).isTrue();
    }

    @Test
    void aDomainIsNotIdleWhileSomethingIsOnItsWayBack() {
        queue.setAside(delivery("a", 1, 1));
        assertThat(taken(5)).hasSize(1);
        assertThat(queue.isIdle()).isFalse();
        queue.returned(1);
        assertThat(queue.isIdle()).isTrue();
    }

    @Test
    void whatIsAsideIsCountedInAndOut() {
        long one = DomainQueue.OCTETS_OF_RECIPIENT;
        long sender = DomainQueue.OCTETS_OF_SENDER;
        queue.setAside(delivery("a", 1, 5));
        queue.setAside(delivery("b", 2, 3));
        assertThat(queue.asideOctets()).isEqualTo(8 * one + 2 * sender);
        queue.add(delivery("b", 3, 2));
        queue.add(delivery("c", 4, 1));
        List<QueuedRecipient> untried = queue.begin();
        queue.ended();
        queue.setAllAside(untried);
        assertThat(queue.asideOctets()).isEqualTo(11 * one + 3 * sender);
        queue.takeFromAside(1);
        assertThat(queue.asideOctets()).isLessThan(11 * one + 3 * sender);
        queue.takeFromAside(100);
        assertThat(queue.asideOctets()).isZero();
    }

    @Test
    void whatWasNotBegunIsTheNextAgain() {
        queue.add(delivery("a", 1, 2));
        queue.add(delivery("a", 2, 1));
        queue.notBegun(queue.begin());
        assertThat(begun()).containsExactly(1L, 2L);
        assertThat(queue.isIdle()).isTrue();
    }
}
