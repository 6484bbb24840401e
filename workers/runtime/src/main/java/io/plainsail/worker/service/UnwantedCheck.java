package io.plainsail.worker.service;

import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.RunningCheck.Running;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the facade what of this process's doing is not wanted any more, and stops that: jobs that were cancelled or have
 * expired, attempts that others have taken over. {@link #ask} is the body of the loop of one thread.
 */
final class UnwantedCheck {
    private static final Logger LOG = LoggerFactory.getLogger(UnwantedCheck.class);

    private final FacadeAccess facade;
    private final String instance;
    private final List<String> types;
    private final HandlerPool pool;
    private final ClaimingGuard guard;
    private final Duration patience;

    UnwantedCheck(
            FacadeAccess facade,
            String instance,
            List<HandledType> types,
            HandlerPool pool,
            ClaimingGuard guard,
            Duration patience) {
        this.facade = facade;
        this.instance = instance;
        this.types = types.stream().map(type -> type.jobType().key()).toList();
        this.pool = pool;
        this.guard = guard;
        this.patience = patience;
    }

    /** Asks once. What was said last holds on while the facade cannot be asked. */
    void ask() {
        Map<Running, Attempt> running = new HashMap<>();
        for (Attempt attempt : pool.attempts()) {
            running.put(new Running(attempt.jobId(), attempt.attempt()), attempt);
        }
        Optional<RunningCheck.Answer> answer =
                facade.check(instance, new RunningCheck(types, List.copyOf(running.keySet())), patience);
        if (answer.isEmpty()) {
            return;
        }
        guard.claimEach(Set.copyOf(answer.get().claimEach()));
        for (RunningCheck.Over over : answer.get().over()) {
            Attempt attempt = running.get(new Running(over.job(), over.attempt()));
            if (attempt != null && attempt.stop(over.reason())) {
                LOG.info(
                        "{} attempt {} of job {} is stopped: {}",
                        attempt.jobType(),
                        attempt.attempt(),
                        attempt.jobId(),
                        over.reason());
            }
        }
    }
}
