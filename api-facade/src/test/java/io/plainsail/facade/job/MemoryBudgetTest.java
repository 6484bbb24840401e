package io.plainsail.facade.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
    private final MemoryBudget budget = MemoryBudget.ofBytes(100);

    @Test
    void whatDoesNotFitIsNotTaken() {
        assertThat(budget.tryTake(60)).isTrue();
        assertThat(budget.tryTake(41)).isFalse();
        assertThat(budget.tryTake(40)).isTrue();
        assertThat(budget.room()).isZero();
        budget.giveBack(60);
        assertThat(budget.held()).isEqualTo(40);
        assertThat(budget.room()).isEqualTo(60);
    }

    @Test
    void oneLargerThanTheBudgetPassesAlone() {
        assertThat(budget.tryTake(1)).isTrue();
        assertThat(budget.tryTake(500)).isFalse();
        budget.giveBack(1);
        assertThat(budget.tryTake(500)).isTrue();
        assertThat(budget.room()).isZero();
        assertThat(budget.tryTake(1)).isFalse();
    }

    @Test
    void limitBelowOneIsRefused() {
        assertThatThrownBy(() -> MemoryBudget.ofBytes(0)).hasMessageContaining("0 bytes: must be 1 or more");
    }
}
