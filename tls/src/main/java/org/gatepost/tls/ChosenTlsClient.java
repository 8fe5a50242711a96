// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.gatepost.names.DomainName;

/// BoringSSL where it can be loaded, else the Java runtime; and the Java runtime for a server that BoringSSL could not
/// agree with, or had no answer from.
///
/// The two do not speak quite the same: BoringSSL knows no finite-field Diffie-Hellman, insists on the key usage of the
/// server's certificate, and its first message is longer. What one cannot do with a server the other may, and mail
/// must neither wait nor go in clear text for a limit of ours. Either shows the whole chain, and policy judges it; but
/// the Java runtime does not know X25519MLKEM768, and a forged alert or a broken connection is enough to bring a
/// server to it. So it stays there for an hour only.
final class ChosenTlsClient implements TlsClient {
    private static final int REMEMBERED = 10_000;
    private static final Duration STAY = Duration.ofHours(1);

    private final TlsClient fast;
    private final TlsClient other;
    private final InstantSource clock;
    private final Map<DomainName, Instant> disagreeing = Collections.synchronizedMap(new Recent());

    ChosenTlsClient() {
        this(new NativeTlsClient(), new JsseTlsClient());
    }

    ChosenTlsClient(TlsClient fast, TlsClient other) {
        this(fast, other, InstantSource.system());
    }

    ChosenTlsClient(TlsClient fast, TlsClient other, InstantSource clock) {
        this.fast = fast;
        this.other = other;
        this.clock = clock;
    }

    /// The servers met last, and until when each is left to the other client.
    private static final class Recent extends LinkedHashMap<DomainName, Instant> {
        @Override
        protected boolean removeEldestEntry(Map.Entry<DomainName, Instant> eldest) {
            return size() > REMEMBERED;
        }
    }

    @Override
    public TlsChannel handshake(Socket socket, DomainName serverName, Duration deadline) throws HandshakeException {
        if (!TlsProvider.AUTO.isNative()) {
            return other.handshake(socket, serverName, deadline);
        }
        if (hasAnotherWay(serverName)) {
            return inTheOtherWay(socket, serverName, deadline);
        }
        try {
            return fast.handshake(socket, serverName, deadline);
        } catch (HandshakeException e) {
            if (mayDoBetter(e)) {
                disagreeing.put(serverName, clock.instant().plus(STAY));
            }
            throw e;
        }
    }

    /// A server that says nothing at all may never have seen a first message that fills more than a segment: some
    /// hosts, or what stands before them, end such a connection or let it hang.
    private static boolean mayDoBetter(HandshakeException e) {
        return switch (e.kind()) {
            case REFUSED_BY_PEER, PROTOCOL_VIOLATION -> true;
            case CLOSED, TIMED_OUT -> e.isUnanswered();
            case VERSION_TOO_OLD -> false;
        };
    }

    /// Where the other one fails too, the fast one has the next turn.
    private TlsChannel inTheOtherWay(Socket socket, DomainName serverName, Duration deadline)
            throws HandshakeException {
        try {
            return other.handshake(socket, serverName, deadline);
        } catch (HandshakeException e) {
            disagreeing.remove(serverName);
            throw e;
        }
    }

    @Override
    public boolean hasAnotherWay(DomainName serverName) {
        Instant until = disagreeing.get(serverName);
        return until != null && clock.instant().isBefore(until);
    }
}
