// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class AnswerTest {
    @Test
    void theFirstAnswerCountsAndAnInterruptIsKept() {
        var answer = new Answer<String>();
        Thread.currentThread().interrupt();
        Thread.ofVirtual().start(() -> {
            answer.tell("one");
            answer.tell("two");
        });
        assertThat(answer.await()).isEqualTo("one");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(answer.isTold()).isTrue();
        assertThat(answer.await()).isEqualTo("one");
    }
}
