// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.net.Socket;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.gatepost.names.DomainName;

/// BoringSSL where it can be loaded, else the Java runtime; and the Java runtime for a server that BoringSSL could not
/// agree with, or had no answer from.
///
/// The two do not speak quite the same: BoringSSL knows no finite-field Diffie-Hellman, insists on the key usage of the
/// server's certificate, and its first message is longer. What one cannot do with a server the other may, and mail
/// must neither wait nor go in clear text for a limit of ours. Nothing is weaker for it: either shows the whole chain,
/// and policy judges it.
final class ChosenTlsClient implements TlsClient {
    private static final int REMEMBERED = 10_000;

    private final TlsClient fast;
    private final TlsClient other;
    private final Set<DomainName> disagreeing = Collections.synchronizedSet(Collections.newSetFromMap(new Recent()));

    ChosenTlsClient() {
        this(new NativeTlsClient(), new JsseTlsClient());
    }

    ChosenTlsClient(TlsClient fast, TlsClient other) {
        this.fast = fast;
        this.other = other;
    }

    /// The servers met last.
    private static final class Recent extends LinkedHashMap<DomainName, Boolean> {
        @Override
        protected boolean removeEldestEntry(Map.Entry<DomainName, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    }

    @Override
    public TlsChannel handshake(Socket socket, DomainName serverName, Duration deadline) throws HandshakeException {
        if (!TlsProvider.AUTO.isNative()) {
            return other.handshake(socket, serverName, deadline);
        }
        if (disagreeing.contains(serverName)) {
            return inTheOtherWay(socket, serverName, deadline);
        }
        try {
            return fast.handshake(socket, serverName, deadline);
        } catch (HandshakeException e) {
            if (mayDoBetter(e)) {
                disagreeing.add(serverName);
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
        return disagreeing.contains(serverName);
    }
}
