// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PeersPresenceTest {

    @Test
    void insideTheNamespacesThePeersRun() {
        var presence = new PeersPresence(Map.of("GATEPOST_INTEROP_SCRATCH", "/run/gatepost"));

        assertThat(presence.reasonNotToRun()).isEmpty();
    }

    @Test
    void theReasonOfTheLauncherIsPassedOn() {
        var presence = new PeersPresence(Map.of("GATEPOST_INTEROP_MISSING", "missing: postfix"));

        assertThat(presence.reasonNotToRun()).contains("missing: postfix");
        assertThatCode(presence::demand).doesNotThrowAnyException();
    }

    @Test
    void anOrdinaryJvmIsNotInsideTheNamespaces() {
        assertThat(new PeersPresence(Map.of()).reasonNotToRun()).isPresent();
    }

    @Test
    void whereInteropIsRequiredItsAbsenceFails() {
        var presence = new PeersPresence(
                Map.of("GATEPOST_INTEROP_MISSING", "missing: postfix", "GATEPOST_REQUIRE_INTEROP", "1"));

        assertThatThrownBy(presence::demand)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("missing: postfix");
    }
}
