package io.plainsail.facade.fleet;

import java.time.Instant;
import java.util.List;
import java.util.Set;

/** Keeps the instances, for all facades of a store. Changes are durable when a call returns. Thread-safe. */
public interface FleetStore {

    /** By service and instance. */
    List<Instance> all();

    /** Keeps what was heard, but for {@link Instance#drain}, which only {@link #drain} changes. */
    void heard(Instance instance);

    /** It has ended. */
    void gone(String instance);

    /**
     * Asks the instance to take no further jobs, or to take them again.
     *
     * @return false if there is no such instance
     */
    boolean drain(String instance, boolean drain);

    /** Names of the instances that are asked to take no further jobs. */
    Set<String> draining();

    /** Forgets those not heard of since. Returns how many. */
    int forgetBefore(Instant lastSeen);
}
