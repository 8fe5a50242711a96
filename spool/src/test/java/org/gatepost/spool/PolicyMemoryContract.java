// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.gatepost.names.DomainName;
import org.gatepost.spool.PolicyMemory.Remembered;
import org.junit.jupiter.api.Test;

/// What every store's policy memory must do.
abstract class PolicyMemoryContract {
    private static final DomainName DOMAIN = DomainName.parse("example.net");
    private static final Instant FETCHED = Instant.parse("2026-11-22T08:00:00.5Z");

    abstract PolicyMemory memory();

    abstract void reopen();

    private static Remembered policy(DomainName domain, String id, String text) {
        return new Remembered(domain, id, text, FETCHED, FETCHED.plusSeconds(604_800));
    }

    @Test
    void whatIsRememberedIsRecalledAfterReopening() {
        Remembered first = policy(DOMAIN, "20261122", "version: STSv1\r\nmode: enforce\r\n");
        memory().remember(first);
        assertThat(memory().recall(DOMAIN)).contains(first);
        reopen();
        assertThat(memory().recall(DOMAIN)).contains(first);
        assertThat(memory().recall(DomainName.parse("other.example"))).isEmpty();
        assertThat(memory().recall(DomainName.ROOT)).isEmpty();
    }

    @Test
    void theLastOneRememberedReplacesTheOneBefore() {
        memory().remember(policy(DOMAIN, "1", "old"));
        memory().remember(policy(DOMAIN, "2", "new"));
        assertThat(memory().recall(DOMAIN)).contains(policy(DOMAIN, "2", "new"));
    }

    @Test
    void whatIsForgottenStaysForgotten() {
        memory().remember(policy(DOMAIN, "1", "text"));
        memory().remember(policy(DomainName.parse("other.example"), "1", "text"));
        memory().forget(DOMAIN);
        memory().forget(DOMAIN);
        reopen();
        assertThat(memory().recall(DOMAIN)).isEmpty();
        assertThat(memory().recall(DomainName.parse("other.example"))).isPresent();
    }

    @Test
    void aPolicysTextIsKeptWhateverItHolds() {
        String text = "mode: enforce\u0000'; DROP TABLE policy; --\uFFFD\uD83D\uDE00" + "x".repeat(60_000);
        memory().remember(policy(DOMAIN, "1", text));
        reopen();
        assertThat(memory().recall(DOMAIN).orElseThrow().text()).isEqualTo(text);
    }

    @Test
    void aTextBeyondTheBoundIsRefused() {
        memory().remember(policy(DOMAIN, "1", "x".repeat(65_536)));
        assertThatThrownBy(() -> memory().remember(policy(DOMAIN, "2", "x".repeat(65_537))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(memory().recall(DOMAIN).orElseThrow().id()).isEqualTo("1");
    }
}
