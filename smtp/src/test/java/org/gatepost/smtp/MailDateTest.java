// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class MailDateTest {
    @Test
    void theOffsetIsANumberAndTheDayHasNoZeroInFront() {
        assertThat(MailDate.of(Instant.parse("2026-11-02T08:05:00.75Z"))).isEqualTo("Mon, 2 Nov 2026 08:05:00 +0000");
    }
}
