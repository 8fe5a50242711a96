// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/// Bounds the connections of a listener in all and for each client address. Safe for use by many threads.
public final class ClientShares {
    private final int mostPerAddress;
    private final Semaphore permits;
    private final Map<InetAddress, Integer> perAddress = new ConcurrentHashMap<>();

    public ClientShares(int most, int mostPerAddress) {
        this.mostPerAddress = mostPerAddress;
        this.permits = new Semaphore(most);
    }

    /// Whether a connection may be served.
    public enum Admission {
        /// It may; [#leave] follows when it ends.
        ADMITTED,
        TOO_MANY,
        TOO_MANY_OF_ADDRESS
    }

    public Admission enter(InetAddress client) {
        if (!permits.tryAcquire()) {
            return Admission.TOO_MANY;
        }
        if (perAddress.merge(share(client), 1, Integer::sum) > mostPerAddress) {
            leave(client);
            return Admission.TOO_MANY_OF_ADDRESS;
        }
        return Admission.ADMITTED;
    }

    public void leave(InetAddress client) {
        perAddress.computeIfPresent(share(client), (address, count) -> count == 1 ? null : count - 1);
        permits.release();
    }

    /// Whose share of connections an address counts towards: its own, or that of its IPv6 /64, all of which is one
    /// client's.
    public static InetAddress share(InetAddress address) {
        byte[] octets = address.getAddress();
        if (octets.length == 4) {
            return address;
        }
        Arrays.fill(octets, 8, 16, (byte) 0);
        try {
            return InetAddress.getByAddress(octets);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("sixteen octets are an address", e);
        }
    }
}
