// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import java.net.InetAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.config.Network;
import org.gatepost.gateway.reports.receiving.ReportMailbox;
import org.gatepost.gateway.users.Users;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.Spool;

/// Who may hand mail in, and where it goes. Shared by all connections; safe for use by many threads.
///
/// @param users who may relay from anywhere; empty when nobody may
/// @param arrived told after each message that is durable, so that its delivery starts at once
/// @param reports our own mailbox for TLS reports, which anybody may send to; empty when there is none
public record MessageIntake(
        DomainName hostname,
        List<Network> permittedNetworks,
        Optional<Users> users,
        int maxReceivedFields,
        Spool spool,
        InstantSource clock,
        Runnable arrived,
        Optional<ReportMailbox> reports) {
    public MessageIntake {
        permittedNetworks = List.copyOf(permittedNetworks);
    }

    boolean isForReports(Mailbox recipient) {
        return reports.filter(mailbox -> mailbox.is(recipient)).isPresent();
    }

    boolean permits(InetAddress client) {
        return permittedNetworks.stream().anyMatch(network -> network.contains(client));
    }
}
