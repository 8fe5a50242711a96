// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/// Hosts that answer no connection: whoever tries waits for his own time-out.
///
/// Each is a socket whose queue of connections is full and never emptied; the kernel then drops what comes.
final class SilentHosts implements AutoCloseable {
    private static final int PORT = 25;

    private final List<AutoCloseable> sockets = new ArrayList<>();

    static SilentHosts of(List<Destination> destinations) throws IOException {
        var hosts = new SilentHosts();
        for (Destination destination : destinations) {
            hosts.add(new InetSocketAddress(InetAddress.ofLiteral(destination.address()), PORT));
        }
        return hosts;
    }

    private void add(InetSocketAddress address) throws IOException {
        var host = new ServerSocket();
        sockets.add(host);
        host.bind(address, 1);
        // A queue of one takes two, and a third to be sure.
        for (int i = 0; i < 3; i++) {
            SocketChannel client = SocketChannel.open();
            sockets.add(client);
            client.configureBlocking(false);
            client.connect(address);
        }
    }

    @Override
    public void close() {
        for (AutoCloseable socket : sockets) {
            try {
                socket.close();
            } catch (Exception e) {
                System.err.println("a silent host cannot be closed: " + e.getMessage());
            }
        }
    }
}
