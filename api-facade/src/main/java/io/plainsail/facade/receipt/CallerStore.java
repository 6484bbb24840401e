package io.plainsail.facade.receipt;

import io.plainsail.contracts.JobType;
import java.time.Instant;
import java.util.List;

/** Keeps who sent what, for all facades of a store. Changes are durable when a call returns. Thread-safe. */
public interface CallerStore {

    /** Adds to what a facade has counted. */
    void add(String facade, List<Callers.Sent> sent);

    /** Of all facades together; who sent something last comes first. */
    List<Callers.Sent> callers(JobType type, int limit);

    /** Forgets who has sent nothing since. */
    void forgetBefore(Instant last);
}
