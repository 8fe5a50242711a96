// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import org.junit.jupiter.api.Test;

@NeedsPeers
class ProbeTest {
    @Test
    void probe() {
        var t = System.nanoTime();
        var net = MiniInternet.shared();
        System.out.println("started in ms " + (System.nanoTime() - t) / 1_000_000);
        for (var d : Destinations.all()) {
            String text;
            try {
                text = PosttlsFinger.check(d.domain(), net.fingerDemand(d)).text();
            } catch (PeerFailure e) {
                text = e.getMessage();
            }
            System.out.println("== " + d + " " + net.fingerDemand(d) + "\n" + text);
        }
        System.out.println((System.nanoTime() - t) / 1_000_000);
    }
}
