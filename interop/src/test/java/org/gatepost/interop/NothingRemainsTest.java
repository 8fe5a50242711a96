// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

@NeedsPeers
class NothingRemainsTest {

    @Test
    void aClosedNetworkLeavesNoProcess() {
        MiniInternet.closeShared();
        SignedInternet.closeShared();
        try (var internet =
                MiniInternet.start(List.of(Destinations.DANE_EE, Destinations.DANE_EE_EXIM, Destinations.STS))) {
            var report = PosttlsFinger.check(
                    Destinations.DANE_EE_EXIM.domain(), internet.fingerDemand(Destinations.DANE_EE_EXIM));
            assertThat(report.verdict()).isEqualTo(PosttlsFinger.Verdict.VERIFIED);
            assertThat(others()).hasSizeGreaterThan(6);
        }

        // What a dying daemon orphaned is a zombie until the namespace's init has waited for it.
        var deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!others().isEmpty() && System.nanoTime() < deadline) {
            Daemon.pause();
        }
        assertThat(others()).isEmpty();
    }

    @Test
    void aPeerThatDoesNotStartSaysWhy() {
        assertThatThrownBy(() -> UnboundResolver.start(
                        Scratch.create("unbound"), "192.0.2.1", "127.53.0.1", ". DS 1 13 2 " + "00".repeat(32)))
                .isInstanceOf(PeerFailure.class)
                .hasMessageContaining("unbound ended at its start")
                .hasMessageContaining("Cannot assign requested address");
    }

    /// Every process of the pid namespace but this JVM and the init above it.
    private static List<String> others() {
        var self = ProcessHandle.current();
        return ProcessHandle.allProcesses()
                .filter(process -> process.pid() != self.pid() && process.pid() != 1)
                .map(process -> process.pid() + " " + process.info().command().orElse("?"))
                .toList();
    }
}
