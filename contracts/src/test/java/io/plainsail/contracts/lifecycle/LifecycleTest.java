package io.plainsail.contracts.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LifecycleTest {

    /** To bring the page up to date: run this test with {@code -Dplainsail.render=true}. */
    @Test
    void pageShowsTheTransitionTable() throws Exception {
        Path page = Path.of("../docs/job-lifecycle.md");
        if (Boolean.getBoolean("plainsail.render")) {
            Files.writeString(page, LifecyclePage.markdown());
        }
        assertThat(page).hasContent(LifecyclePage.markdown());
    }

    @Test
    void nothingLeavesATerminalState() {
        for (Trigger trigger : Trigger.values()) {
            assertThat(trigger.from()).as(trigger.name()).noneMatch(JobState::terminal);
        }
    }

    @Test
    void everyUnfinishedStateHasAWayToATerminalOne() {
        for (JobState state : JobState.values()) {
            Set<JobState> reached = EnumSet.of(state);
            for (int step = 0; step < JobState.values().length; step++) {
                Arrays.stream(Trigger.values())
                        .filter(trigger -> trigger.from().stream().anyMatch(reached::contains))
                        .forEach(trigger -> reached.add(trigger.to()));
            }
            assertThat(reached).as(state.word()).anyMatch(JobState::terminal);
        }
    }

    @Test
    void everyStateIsReached() {
        Set<JobState> reached = EnumSet.of(JobState.QUEUED);
        Arrays.stream(Trigger.values()).map(Trigger::to).forEach(reached::add);

        assertThat(reached).containsExactly(JobState.values());
    }

    @Test
    void wordsAreReadBack() {
        for (JobState state : JobState.values()) {
            assertThat(JobState.ofWord(state.word())).contains(state);
        }
        assertThat(JobState.ofWord("gone")).isEmpty();
    }
}
