// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.gatepost.gateway.queue.QueueRequest.Act;
import org.gatepost.gateway.queue.QueueRequest.Action;
import org.gatepost.gateway.queue.QueueRequest.Manner;
import org.gatepost.gateway.queue.QueueWire.WireException;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueueFilter;
import org.gatepost.spool.QueueFilter.Sender;
import org.junit.jupiter.api.Test;

/// Arbitrary octets as a request: refused in one way only, or a request that means the same when it is sent again.
final class QueueWireFuzz {
    private static final QueueFilter FILTER = new QueueFilter(
            List.of(new MessageId(7), new MessageId(99)),
            Optional.of(DomainName.parse("example.net")),
            Optional.of(Sender.parse("<>")),
            Optional.of(Mailbox.parse("a@[192.0.2.1]")),
            Optional.of(Instant.parse("2026-11-28T22:00:00.5Z")),
            true,
            Optional.of("4.7.323"));

    private static final List<byte[]> SEEDS = List.of(
            octets(new QueueRequest.Find(FILTER, 17)),
            octets(new QueueRequest.Show(new MessageId(3), true)),
            octets(new QueueRequest.Summary(4)),
            octets(new Act(Action.DROP, FILTER, new Manner(false, true, true))));

    private static byte[] octets(QueueRequest request) {
        return QueueWire.text(request).getBytes(StandardCharsets.UTF_8);
    }

    /// What Jazzer calls.
    public static void fuzzerTestOneInput(byte[] octets) {
        QueueRequest request;
        try {
            request = QueueWire.request(new String(octets, StandardCharsets.UTF_8));
        } catch (WireException e) {
            assertThat(e).message().isNotBlank();
            return;
        }
        try {
            assertThat(QueueWire.request(QueueWire.text(request))).isEqualTo(request);
        } catch (WireException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void seedsAndTheirNeighboursAreTakenOrRefused() {
        Random random = new Random(7);
        for (byte[] seed : SEEDS) {
            fuzzerTestOneInput(seed);
            for (int i = 0; i < 5_000; i++) {
                byte[] neighbour = seed.clone();
                for (int changes = random.nextInt(3); changes >= 0; changes--) {
                    neighbour[random.nextInt(neighbour.length)] = (byte) random.nextInt(32, 127);
                }
                fuzzerTestOneInput(neighbour);
            }
        }
    }
}
