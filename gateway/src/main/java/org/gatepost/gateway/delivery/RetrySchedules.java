// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;

/// The retry schedule of each recipient domain; a [RetrySchedule] is the same for all. Safe for use by many
/// threads.
@FunctionalInterface
public interface RetrySchedules {
    /// @param recipientDomain the root for a recipient at an address literal
    RetrySchedule of(DomainName recipientDomain);

    /// The schedule of one recipient.
    default RetrySchedule of(Mailbox recipient) {
        return of(
                switch (recipient.host()) {
                    case Mailbox.Host.Domain domain -> domain.name();
                    case Mailbox.Host.Literal _ -> DomainName.ROOT;
                });
    }
}
