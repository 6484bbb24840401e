package io.plainsail.facade.fleet;

import io.plainsail.contracts.wire.Worker;
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
    public Instance {
        types = List.copyOf(types);
    }

    public Instance withDrain(boolean other) {
        return new Instance(worker, types, state, running, capacity, startedAt, lastSeen, other);
    }
}
