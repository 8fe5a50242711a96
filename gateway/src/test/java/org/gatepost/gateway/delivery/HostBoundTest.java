// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.gatepost.gateway.delivery.RecipientResult.Delivered;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.Spool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Many domains behind one host that takes few connections, from the spool to the host. The time limit only turns a
/// hang into a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostBoundTest {
    private static final int DOMAINS = 30;
    private static final int EACH = 3;

    @TempDir
    Path directory;

    private final DeliveryWorld world = new DeliveryWorld();

    @Test
    void allMailArrivesOverNoMoreConnectionsThanTheHostGets() throws Exception {
        AtomicInteger open = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch delivered = new CountDownLatch(DOMAINS * EACH);
        world.connectionsPerHost = 2;
        world.host("mx.example.test", "127.0.0.1");
        try (EmbeddedStore store = EmbeddedStore.open(directory);
                var peer = ScriptedPeer.start(session -> {
                    most.accumulateAndGet(open.incrementAndGet(), Math::max);
                    try {
                        session.greet().serveUntilQuit(_ -> "250 OK");
                    } finally {
                        open.decrementAndGet(); // before the client is free to come again
                    }
                    session.say("221 bye");
                })) {
            for (int i = 0; i < DOMAINS * EACH; i++) {
                DomainName domain = DomainName.parse("d" + i % DOMAINS + ".test");
                world.alsoServes(domain);
                put(store.spool(), Mailbox.parse("anna@" + domain));
            }
            var queue = new QueueDelivery(
                    store.spool(),
                    world.delivery(peer.port()),
                    new RetrySchedule(List.of(Duration.ofMinutes(15)), Duration.ofHours(24)),
                    new QueueDelivery.Reporter(
                            DomainName.parse("gw.test"), new Random(1), (message, recipient, result, step) -> {
                                if (result instanceof Delivered) {
                                    delivered.countDown();
                                }
                            }),
                    DeliveryWorld.clock());
            try (var scheduler =
                    new Scheduler(store.spool(), queue, new Scheduler.Bounds(20, 5), DeliveryWorld.clock())) {
                scheduler.start();
                assertThat(delivered.await(50, TimeUnit.SECONDS)).isTrue();
                assertThat(scheduler.stop(Duration.ofSeconds(10))).isTrue();
            }
            assertThat(most.get()).isBetween(1, 2);
            assertThat(store.spool().depth().recipients()).isZero();
        }
    }

    private static void put(Spool spool, Mailbox recipient) throws IOException {
        try (Spool.Draft draft = spool.draft()) {
            draft.content().write("Subject: hello\r\n\r\nbody\r\n".getBytes(StandardCharsets.UTF_8));
            draft.commit(
                    new Envelope(Optional.empty(), List.of(recipient), false, false, "test"),
                    DeliveryWorld.NOW,
                    DeliveryWorld.NOW);
        }
    }
}
