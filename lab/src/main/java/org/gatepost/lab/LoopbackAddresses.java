// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/// Hands out addresses of 127.0.0.0/8, each once, with one port. Used by one thread.
final class LoopbackAddresses {
    private static final int FIRST = 0x7f50_0001;
    private static final int LAST = 0x7f5f_fffe;

    private int next = FIRST;

    InetAddress next() {
        if (next > LAST) {
            throw new IllegalStateException("a lab has at most " + (LAST - FIRST + 1) + " addresses");
        }
        int address = next++;
        return InetAddress.ofLiteral(
                "127." + ((address >> 16) & 0xff) + "." + ((address >> 8) & 0xff) + "." + (address & 0xff));
    }

    InetSocketAddress next(int port) {
        return new InetSocketAddress(next(), port);
    }

    /// A port that was free a moment ago; that another address of the range has it in use is unlikely
    /// and makes the start fail.
    static int freePort() throws IOException {
        try (var probe = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return probe.getLocalPort();
        }
    }
}
