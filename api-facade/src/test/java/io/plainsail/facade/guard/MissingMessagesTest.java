package io.plainsail.facade.guard;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.UnheardJobs;
import io.plainsail.testbed.MovingClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MissingMessagesTest {
    private static final JobType ECHO = new JobType("test.echo", 1);
    private static final JobType OTHER = new JobType("test.other", 1);
    private static final Duration AFTER = Duration.ofMinutes(10);
    private static final Duration HALF = Duration.ofMinutes(5);

    private final MovingClock clock = MovingClock.at(Instant.parse("2026-11-28T10:00:00Z"));
    private final Jobs jobs = new Jobs();
    private final List<Set<JobType>> asked = new ArrayList<>();
    private Set<JobType> empty = Set.of();
    private boolean caughtUp = true;

    private final MissingMessages missing = new MissingMessages(
            jobs,
            types -> {
                asked.add(Set.copyOf(types));
                return empty;
            },
            () -> caughtUp,
            clock,
            AFTER);

    /** In memory, as the contract has it. */
    private static final class Jobs implements UnheardJobs {
        record Entry(
                UUID id,
                JobState state,
                JobType type,
                Instant dueAt,
                @Nullable Instant missingSince) {}

        private final Map<UUID, Entry> all = new TreeMap<>(Comparator.comparing(UUID::getLeastSignificantBits));
        private final List<UUID> released = new ArrayList<>();

        UUID add(JobState state, JobType type, Instant dueAt) {
            UUID id = new UUID(0, all.size() + 1);
            all.put(id, new Entry(id, state, type, dueAt, null));
            return id;
        }

        @Override
        public Page unheard(JobState state, @Nullable UUID behind, Instant dueBefore, int limit) {
            List<Unheard> found = all.values().stream()
                    .filter(job -> job.state() == state && job.dueAt().isBefore(dueBefore))
                    .filter(job ->
                            behind == null || job.id().getLeastSignificantBits() > behind.getLeastSignificantBits())
                    .limit(limit)
                    .map(job -> new Unheard(job.id(), job.type(), job.missingSince()))
                    .toList();
            return new Page(
                    found, found.size() < limit ? null : found.get(limit - 1).id());
        }

        @Override
        public void missing(Collection<UUID> jobIds, Instant now) {
            jobIds.forEach(id ->
                    all.computeIfPresent(id, (key, job) -> new Entry(id, job.state(), job.type(), job.dueAt(), now)));
        }

        @Override
        public int releaseMissing(Collection<UUID> jobIds, Instant missingBefore, Instant now) {
            jobIds.forEach(all::remove);
            released.addAll(jobIds);
            return jobIds.size();
        }

        private final Map<JobType, Instant> unwanted = new HashMap<>();

        @Override
        public Set<JobType> unwantedTypes() {
            return Set.copyOf(unwanted.keySet());
        }

        @Override
        public int forgetUnwanted(JobType type, Instant endedBefore, int limit) {
            return unwanted.get(type).isBefore(endedBefore) && unwanted.remove(type) != null ? 1 : 0;
        }
    }

    private void lookAfter(Duration time) {
        clock.advance(time);
        missing.look();
    }

    @Test
    void aJobIsReleasedWhenItsQueueWasEmptyTwiceHalfTheTimeApart() {
        empty = Set.of(ECHO);
        UUID id = jobs.add(JobState.QUEUED, ECHO, clock.instant());

        lookAfter(HALF);
        assertThat(asked).as("not due for long").isEmpty();
        lookAfter(Duration.ofSeconds(30));
        lookAfter(HALF.minusSeconds(1));
        assertThat(jobs.released).as("not missing for long").isEmpty();
        lookAfter(Duration.ofSeconds(1));

        assertThat(jobs.released).containsExactly(id);
        assertThat(missing.released()).isEqualTo(1);
    }

    @Test
    void nothingIsReleasedWhileItsQueueHasSomethingToGive() {
        jobs.add(JobState.QUEUED, ECHO, clock.instant());
        UUID other = jobs.add(JobState.RETRYING, OTHER, clock.instant());
        empty = Set.of(ECHO, OTHER);
        lookAfter(HALF.plusSeconds(1));
        empty = Set.of(OTHER);

        lookAfter(HALF);

        assertThat(jobs.released).containsExactly(other);
        assertThat(asked).as("each type once a look").hasSize(4);
    }

    @Test
    void nothingIsLookedAtWhileTheRecorderIsBehind() {
        jobs.add(JobState.QUEUED, ECHO, clock.instant());
        empty = Set.of(ECHO);
        lookAfter(HALF.plusSeconds(1));
        caughtUp = false;
        lookAfter(AFTER);
        assertThat(jobs.released).isEmpty();
        assertThat(asked).hasSize(1);

        caughtUp = true;
        missing.look();
        assertThat(jobs.released).hasSize(1);
    }

    @Test
    void aLookReleasesABoundedNumberAndTheNextOneGoesOn() {
        int count = MissingMessages.PAGE + MissingMessages.MAX_RELEASED + 1;
        for (int i = 0; i < count; i++) {
            jobs.add(JobState.QUEUED, ECHO, clock.instant());
        }
        UUID retrying = jobs.add(JobState.RETRYING, ECHO, clock.instant());
        empty = Set.of(ECHO);
        lookAfter(HALF.plusSeconds(1));

        lookAfter(HALF);
        assertThat(jobs.released).hasSize(MissingMessages.MAX_RELEASED);
        for (int looks = 0; looks < 20; looks++) {
            missing.look();
        }

        assertThat(jobs.released).hasSize(count + 1).doesNotHaveDuplicates().contains(retrying);
    }

    @Test
    void aLongBacklogIsWalkedThroughInPartsAndHidesNobody() {
        for (int i = 0; i < 12 * MissingMessages.PAGE; i++) {
            jobs.add(JobState.QUEUED, ECHO, clock.instant());
        }
        UUID behindThem = jobs.add(JobState.QUEUED, OTHER, clock.instant());
        empty = Set.of(OTHER);
        clock.advance(HALF.plusSeconds(1));
        missing.look();
        assertThat(asked).as("it has not come so far").containsExactly(Set.of(ECHO));
        missing.look();

        clock.advance(HALF);
        missing.look();
        missing.look();

        assertThat(jobs.released).containsExactly(behindThem);
    }

    @Test
    void aNoteFromTheFutureIsMadeAnew() {
        jobs.add(JobState.QUEUED, ECHO, clock.instant());
        empty = Set.of(ECHO);
        lookAfter(HALF.plus(Duration.ofDays(1)));
        clock.moveTo(clock.instant().minus(Duration.ofHours(2)));
        missing.look();
        lookAfter(HALF.minusSeconds(1));
        assertThat(jobs.released).isEmpty();

        lookAfter(Duration.ofSeconds(1));
        assertThat(jobs.released).hasSize(1);
    }

    @Test
    void unwantedMessagesThatCannotComeAnyMoreAreForgotten() {
        jobs.unwanted.put(ECHO, clock.instant());
        jobs.unwanted.put(OTHER, clock.instant());
        empty = Set.of(ECHO, OTHER);
        lookAfter(Duration.ofSeconds(25));
        lookAfter(Duration.ofSeconds(10));
        assertThat(jobs.unwanted)
                .as("one may have been on its way to the queue")
                .hasSize(2);

        empty = Set.of(OTHER);
        lookAfter(Duration.ofSeconds(10));
        assertThat(jobs.unwanted).as("empty, and empty long after").containsOnlyKeys(ECHO);

        empty = Set.of(ECHO);
        lookAfter(Duration.ofMinutes(1));
        lookAfter(Duration.ofSeconds(9));
        assertThat(jobs.unwanted).as("one may be in fresh hands").hasSize(1);
        lookAfter(Duration.ofSeconds(1));
        assertThat(jobs.unwanted).isEmpty();
    }
}
