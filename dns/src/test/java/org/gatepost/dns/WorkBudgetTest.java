// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WorkBudgetTest {
    private final WorkBudget budget = new WorkBudget(new WorkLimits(1, 2, 1, 4, 1));

    @Test
    void eachKindOfWorkHasItsOwnBound() {
        assertThat(budget.spendQuestion()).isTrue();
        assertThat(budget.spendSignature()).isTrue();
        assertThat(budget.spendSignature()).isTrue();
        assertThat(budget.spendNsec3Hash()).isTrue();
        assertThat(budget.exceeded()).isFalse();

        assertThat(budget.spendNsec3Hash()).isFalse();
        assertThat(budget.exceeded()).isTrue();
        assertThat(budget.spendQuestion()).isFalse();
        assertThat(budget.spendSignature()).isFalse();
    }

    @Test
    void afterTooManyFailuresNoSignatureIsTriedAnyMore() {
        budget.signatureFailed();
        assertThat(budget.spendSignature()).isTrue();
        budget.signatureFailed();

        assertThat(budget.spendSignature()).isFalse();
        assertThat(budget.exceeded()).isTrue();
    }
}
