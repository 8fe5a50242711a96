// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.gatepost.names.DomainName;

/// A mail host that really receives: SMTP with STARTTLS on a loopback address, good or faulty as
/// told.
///
/// It keeps what it took in its inbox and what came in clear in a capture for each connection. All
/// methods may be called by any thread.
public final class MxHost implements AutoCloseable {
    private final DomainName name;
    private final InetSocketAddress address;
    private final Inbox inbox = new Inbox();
    private final List<WireCapture> captures = new CopyOnWriteArrayList<>();
    private final Set<String> greylist = ConcurrentHashMap.newKeySet();

    private volatile HostBehaviour behaviour;
    private volatile ServerTls tls;

    // Guarded by this; closed while the host is unreachable.
    private LoopbackListener listener;

    private MxHost(DomainName name, InetSocketAddress address, HostBehaviour behaviour) throws IOException {
        this.name = name;
        this.behaviour = behaviour;
        this.tls = new ServerTls(behaviour.certified());
        this.listener = LoopbackListener.start(address, this::converse);
        this.address = listener.address();
        become(behaviour);
    }

    /// @param name what the host calls itself
    /// @param address on loopback; port 0 takes a free one
    public static MxHost start(DomainName name, InetSocketAddress address, HostBehaviour behaviour) throws IOException {
        return new MxHost(name, address, behaviour);
    }

    /// Changes what the host does on new connections.
    ///
    /// @throws IOException when the port cannot be had back after the host was unreachable
    public synchronized void become(HostBehaviour next) throws IOException {
        if (!next.certified().equals(behaviour.certified())) {
            tls = new ServerTls(next.certified());
        }
        boolean wasReachable = behaviour.reception() != Reception.UNREACHABLE;
        behaviour = next;
        if (next.reception() == Reception.UNREACHABLE) {
            listener.close();
        } else if (!wasReachable) {
            listener = LoopbackListener.start(address, this::converse);
        }
    }

    private void converse(Socket socket) throws IOException {
        var capture = new WireCapture();
        captures.add(capture);
        new ReceivingSession(new ReceivingSession.Host(name, behaviour, tls, inbox, greylist), socket, capture).run();
    }

    public DomainName name() {
        return name;
    }

    public InetSocketAddress address() {
        return address;
    }

    public HostBehaviour behaviour() {
        return behaviour;
    }

    public Inbox inbox() {
        return inbox;
    }

    /// One for each connection so far, oldest first.
    public List<WireCapture> captures() {
        return List.copyOf(captures);
    }

    @Override
    public synchronized void close() {
        listener.close();
    }
}
