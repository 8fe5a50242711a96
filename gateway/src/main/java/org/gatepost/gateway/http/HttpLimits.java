// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.http;

import java.time.Duration;

/// Bounds on what one client of the HTTPS server, and all of them, may take.
///
/// @param handshake how long the TLS handshake may take in all
/// @param head how long a request's line and fields may take in all, and how long a connection may be idle
/// @param body how long a request's body may take in all
/// @param response how long a response may take in all to be read by the client
public record HttpLimits(
        int maxConnections,
        int maxConnectionsPerAddress,
        Duration handshake,
        Duration head,
        Duration body,
        Duration response) {
    public static final HttpLimits DEFAULT = new HttpLimits(
            200, 20, Duration.ofSeconds(15), Duration.ofSeconds(15), Duration.ofSeconds(120), Duration.ofSeconds(60));
}
