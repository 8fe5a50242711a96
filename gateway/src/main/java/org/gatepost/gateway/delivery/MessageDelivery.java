// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.util.Map;
import org.gatepost.names.Mailbox;

/// Takes a message to those of its recipients that share a domain.
@FunctionalInterface
public interface MessageDelivery {
    /// Blocks until every recipient has a result.
    ///
    /// @throws RuntimeException for a defect or a failing spool, and then nothing was handed to any host
    Map<Mailbox, RecipientResult> deliver(DomainDelivery.Order order);
}
