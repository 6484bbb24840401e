package io.plainsail.chaos.check;

import io.plainsail.chaos.fault.Injector.Death;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How long jobs waited to run again after their worker had died under them, or had stood still for so long that they were
 * taken from it. Whatever else was wrong at the time counts in, such as a broker that was away.
 *
 * @param seen after deaths that the broker sees, milliseconds
 * @param unseen after a worker began to stand still
 */
public record OrphanTimes(List<Long> seen, List<Long> unseen) {

    /** Of all runs that did not come to their end before another began. */
    public static OrphanTimes of(List<Run> runs, List<Death> deaths) {
        Map<String, List<Run>> byJob = new HashMap<>();
        runs.forEach(
                run -> byJob.computeIfAbsent(run.job(), id -> new ArrayList<>()).add(run));
        List<Long> seen = new ArrayList<>();
        List<Long> unseen = new ArrayList<>();
        for (Run run : runs) {
            for (Death death : deaths) {
                if (death.process() == run.process() && run.startedAt() <= death.at()) {
                    next(run, death, byJob.getOrDefault(run.job(), List.of()))
                            .ifPresent(at -> (death.seen() ? seen : unseen).add(at - death.at()));
                }
            }
        }
        return new OrphanTimes(List.copyOf(seen), List.copyOf(unseen));
    }

    /** When the job ran again, if this run was under way at the death and the next one began after it, before its end. */
    private static OptionalLong next(Run run, Death death, List<Run> ofJob) {
        if (run.endedAt() != null && run.endedAt() <= death.at()) {
            return OptionalLong.empty();
        }
        boolean followedBefore = ofJob.stream()
                .anyMatch(other -> other.startedAt() > run.startedAt() && other.startedAt() <= death.at());
        if (followedBefore) {
            return OptionalLong.empty();
        }
        return ofJob.stream()
                .filter(other -> other.startedAt() > death.at())
                .filter(other -> run.endedAt() == null || other.startedAt() < run.endedAt())
                .mapToLong(Run::startedAt)
                .min();
    }

    static long worst(List<Long> times) {
        return times.stream().mapToLong(Long::longValue).max().orElse(0);
    }
}
