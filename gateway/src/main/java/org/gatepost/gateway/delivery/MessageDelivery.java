// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.util.Map;
import java.util.Optional;
import org.gatepost.names.Mailbox;

/// Takes a message to those of its recipients that share a domain.
@FunctionalInterface
public interface MessageDelivery {
    /// Blocks until every recipient has a result.
    ///
    /// @return a result for each recipient; empty when every host that could take the mail has as many of our
    ///     connections as it may have: then no host has heard of the message, and it is worth asking again in a
    ///     moment
    /// @throws RuntimeException for a defect or a failing spool, as an [Error] may come of either; then nothing
    ///     was handed to any host
    Optional<Map<Mailbox, RecipientResult>> deliver(DomainDelivery.Order order);
}
