// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.gatepost.gateway.delivery.HostSession.Opening;
import org.gatepost.gateway.delivery.HostStates.Entry;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.ConnectionFailed;
import org.gatepost.policy.HostDecision;
import org.gatepost.policy.SessionEnds;

/// Conversations with MX hosts: one that waits for its next message, or else a new one, where the host has room
/// for it and was not found down a moment ago.
///
/// @param dialer opens new ones
/// @param sessions those that wait
/// @param states of the hosts' addresses
public record HostConnections(HostDialer dialer, SessionPool sessions, HostStates states) implements AutoCloseable {
    /// How asking for a conversation ended.
    sealed interface Access {
        /// @param waited whether it has served others, and the host may have closed it since
        record Ready(HostSession session, boolean waited) implements Access {}

        record Failed(Opening.Failed opening) implements Access {}

        /// The address has as many connections as it may have; no new one was tried.
        record Full() implements Access {}
    }

    /// A conversation for a message under the host's demand; blocks at most for the time-outs of the dialer.
    Access open(HostDecision.Try host, InetAddress address) {
        Optional<HostSession> waiting = sessions.take(host, dialer.endpoint(host, address));
        return waiting.isPresent() ? new Access.Ready(waiting.get(), true) : openNew(host, address);
    }

    /// As [#open], but never one that waited.
    Access openNew(HostDecision.Try host, InetAddress address) {
        InetSocketAddress endpoint = dialer.endpoint(host, address);
        return switch (states.enter(endpoint)) {
            case Entry.Full _ -> {
                sessions.closeOne(endpoint);
                yield new Access.Full();
            }
            case Entry.Down(ConnectionFailed failure) -> new Access.Failed(withoutConnection(failure, address));
            case HostStates.Place place -> dial(host, address, place);
        };
    }

    private static Opening.Failed withoutConnection(DeliveryFailure failure, InetAddress address) {
        return new Opening.Failed(
                failure,
                new SessionEnds(address, Optional.empty(), Optional.empty()),
                Optional.empty(),
                Optional.empty(),
                true);
    }

    private Access dial(HostDecision.Try host, InetAddress address, HostStates.Place place) {
        boolean kept = false;
        try {
            Opening opening = dialer.open(host, address);
            if (opening instanceof Opening.Failed(ConnectionFailed failure, var _, var _, var _, boolean silent)
                    && silent) {
                place.unreachable(failure);
            } else {
                place.reached();
            }
            return switch (opening) {
                case Opening.Failed failed -> new Access.Failed(failed);
                case Opening.Ready(HostSession session) -> {
                    kept = true;
                    yield new Access.Ready(session.with(place::close), false);
                }
            };
        } finally {
            if (!kept) {
                place.close();
            }
        }
    }

    /// Takes a conversation back after a message.
    void giveBack(HostDecision.Try host, HostSession session) {
        sessions.giveBack(host, dialer.endpoint(host, session.address()), session);
    }

    @Override
    public void close() {
        sessions.close();
    }
}
