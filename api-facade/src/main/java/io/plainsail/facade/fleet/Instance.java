package io.plainsail.facade.fleet;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A running process of a worker service, as it was last heard of.
 *
 * @param types keys of the job types that it handles, such as {@code webhook.deliver.v1}
 * @param state its own word, see {@link io.plainsail.contracts.wire.RunningCheck.Presence}
 * @param running attempts that it runs
 * @param capacity attempts that it runs at most
 * @param drain whether it is asked to take no further jobs
 */
public record Instance(
        Worker worker,
        List<String> types,
        String state,
        int running,
        int capacity,
        Instant startedAt,
        Instant lastSeen,
        boolean drain) {
    /** One that was not heard of for so long is silent: gone, cut off, or overloaded. */
    public static final Duration SILENT_AFTER = Duration.ofSeconds(20);

    public Instance {
        types = List.copyOf(types);
    }

    /** Whether it would take a job of the type, for all that it says of itself. */
    public boolean takes(JobType type) {
        return state.equals(RunningCheck.Presence.READY) && !drain && types.contains(type.key());
    }

    /** Whether nothing was heard of it for long. */
    public boolean isSilent(Instant now) {
        return lastSeen.plus(SILENT_AFTER).isBefore(now);
    }

    public Instance withDrain(boolean other) {
        return new Instance(worker, types, state, running, capacity, startedAt, lastSeen, other);
    }
}
