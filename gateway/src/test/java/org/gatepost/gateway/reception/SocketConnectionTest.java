// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SocketConnectionTest {
    /// A socket takes a time-out of 0 for none.
    @Test
    void lessThanAMillisecondIsNotForEver() throws IOException {
        try (var socket = new Socket()) {
            var connection = new SocketConnection(socket, Optional.empty(), Duration.ofSeconds(1));
            connection.idleTimeout(Duration.ofNanos(500_000));
            assertThat(socket.getSoTimeout()).isPositive();
            connection.idleTimeout(Duration.ofDays(1000));
            assertThat(socket.getSoTimeout()).isEqualTo(Integer.MAX_VALUE);
        }
    }
}
