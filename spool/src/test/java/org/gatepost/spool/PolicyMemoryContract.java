// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Optional;
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
        Instant expires = FETCHED.plusSeconds(604_800);
        return new Remembered(domain, id, text, FETCHED, expires, FETCHED, Optional.of(FETCHED.plusSeconds(80_000)));
    }

    /// Seconds after [#FETCHED]; a policy of the domain that expires and is due then.
    private void remember(String domain, long expires, long due) {
        memory().remember(new Remembered(
                DomainName.parse(domain),
                "1",
                "text",
                FETCHED,
                FETCHED.plusSeconds(expires),
                FETCHED,
                Optional.of(FETCHED.plusSeconds(due))));
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

    @Test
    void whatIsDueComesInTheOrderOfExpiry() { // spec S4
        remember("late.example", 900, 10);
        remember("soon.example", 300, 50);
        remember("not-yet.example", 200, 51);
        remember("expired.example", 50, 10);
        reopen();
        Instant now = FETCHED.plusSeconds(50);
        assertThat(memory().due(now, 9)).extracting(DomainName::ascii).containsExactly("soon.example", "late.example");
        assertThat(memory().due(now, 1)).extracting(DomainName::ascii).containsExactly("soon.example");
        assertThat(memory().due(Instant.MIN, 9)).isEmpty();
    }

    @Test
    void whatIsPostponedIsDueThenAndOtherwiseTheSame() {
        memory().remember(policy(DOMAIN, "1", "text"));
        Instant later = FETCHED.plusSeconds(90_000);
        memory().postpone(DOMAIN, Optional.of(later));
        memory().postpone(DomainName.parse("absent.example"), Optional.of(later));
        reopen();
        assertThat(memory().due(later.minusNanos(1), 9)).isEmpty();
        assertThat(memory().due(later, 9)).containsExactly(DOMAIN);
        assertThat(memory().recall(DOMAIN).orElseThrow())
                .isEqualTo(new Remembered(
                        DOMAIN, "1", "text", FETCHED, FETCHED.plusSeconds(604_800), FETCHED, Optional.of(later)));
    }

    @Test
    void whatIsNoLongerRefreshedIsDueOnceItIsUsedAgain() {
        memory().remember(policy(DOMAIN, "1", "text"));
        memory().postpone(DOMAIN, Optional.empty());
        Instant used = FETCHED.plusSeconds(100_000);
        assertThat(memory().due(used, 9)).isEmpty();
        memory().use(DOMAIN, used);
        memory().use(DomainName.parse("absent.example"), used);
        reopen();
        assertThat(memory().due(used, 9)).containsExactly(DOMAIN);
        assertThat(memory().recall(DOMAIN).orElseThrow().used()).isEqualTo(used);
        assertThat(memory().recall(DomainName.parse("absent.example"))).isEmpty();
    }

    @Test
    void useDoesNotBringARefreshForwardOrPutItOff() {
        memory().remember(policy(DOMAIN, "1", "text"));
        memory().use(DOMAIN, FETCHED.plusSeconds(10));
        assertThat(memory().recall(DOMAIN).orElseThrow().due()).contains(FETCHED.plusSeconds(80_000));
    }

    @Test
    void onlyExpiredPoliciesArePurgedAndThatWithinBounds() {
        remember("a.example", 10, 10);
        remember("b.example", 20, 10);
        remember("c.example", 30, 10);
        Instant now = FETCHED.plusSeconds(20);
        assertThat(memory().purge(now, 1)).isEqualTo(1);
        assertThat(memory().size()).isEqualTo(2);
        assertThat(memory().purge(now, 9)).isEqualTo(1);
        assertThat(memory().purge(now, 9)).isZero();
        reopen();
        assertThat(memory().size()).isEqualTo(1);
        assertThat(memory().recall(DomainName.parse("c.example"))).isPresent();
    }
}
