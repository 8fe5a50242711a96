// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.net.InetAddress;
import java.util.Optional;

/// Between which ends a session was attempted.
///
/// @param receiving the address connected to
/// @param sending our own address; empty when the connection was not made
/// @param helo how the host named itself in its answer to EHLO, printable and at most 255 characters; empty when it
///     did not get as far, or named nothing
public record SessionEnds(InetAddress receiving, Optional<InetAddress> sending, Optional<String> helo) {}
