package io.plainsail.worker.service;

import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.RunningCheck.Running;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
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
    private final Supplier<RunningCheck.Presence> presence;
    private final Map<String, String> contracts = new HashMap<>(); // Not changed once made.
    private final Consumer<RunningCheck.Answer> told;
    private final HandlerPool pool;
    private final ClaimingGuard guard;
    private final Duration patience;

    /**
     * @param presence who asks
     * @param told is given each answer, for what concerns no single attempt
     */
    UnwantedCheck(
            FacadeAccess facade,
            List<HandledType> types,
            Supplier<RunningCheck.Presence> presence,
            Consumer<RunningCheck.Answer> told,
            HandlerPool pool,
            ClaimingGuard guard,
            Duration patience) {
        this.facade = facade;
        this.instance = presence.get().worker().instance();
        this.types = types.stream().map(type -> type.jobType().key()).toList();
        this.presence = presence;
        types.forEach(
                type -> contracts.put(type.jobType().key(), type.contract().digest()));
        this.told = told;
        this.pool = pool;
        this.guard = guard;
        this.patience = patience;
    }

    /** Tells the facade who this is and what it does, without heeding the answer. */
    void tell(Duration patience) {
        facade.check(instance, check(running().keySet()), patience);
    }

    private RunningCheck check(Set<Running> running) {
        return new RunningCheck(types, List.copyOf(running), presence.get(), contracts);
    }

    private Map<Running, Attempt> running() {
        Map<Running, Attempt> running = new HashMap<>();
        for (Attempt attempt : pool.attempts()) {
            running.put(new Running(attempt.jobId(), attempt.attempt()), attempt);
        }
        return running;
    }

    /** Asks once. What was said last holds on while the facade cannot be asked. */
    void ask() {
        Map<Running, Attempt> running = running();
        Optional<RunningCheck.Answer> answer = facade.check(instance, check(running.keySet()), patience);
        if (answer.isEmpty()) {
            return;
        }
        guard.claimEach(Set.copyOf(answer.get().claimEach()));
        told.accept(answer.get());
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
