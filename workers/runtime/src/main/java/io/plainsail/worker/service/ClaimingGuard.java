package io.plainsail.worker.service;

import io.plainsail.contracts.EffectClass;
import io.plainsail.contracts.wire.AttemptClaim;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.messaging.Delivery;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * Lets the usual attempt begin without a question; one that may not be the only one is claimed from the facade first:
 *
 * <ol>
 *   <li>its message was delivered before, or may have been published twice;
 *   <li>it is not the job's first attempt;
 *   <li>its effects are irreversible;
 *   <li>it has waited in this process for long, or the process stood still: the broker may have given it to others;
 *   <li>the facade said that messages of its type may be unwanted, or its time is up.
 * </ol>
 *
 * <p>A message whose connection is lost is with others, or soon will be, and is dropped here; not so if the claim was
 * granted meanwhile: then they wait.
 *
 * <p>If the facade cannot be asked, attempts run whose second run does no harm; the others come again later. Thread-safe.
 */
final class ClaimingGuard implements AttemptGuard {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration ASK_AGAIN = Duration.ofSeconds(10);

    private static final String LOST = "its connection is lost, and it is delivered again";

    private final FacadeAccess facade;
    private final Worker worker;
    private final WorkerTime time;
    private final StandStill standStill;

    /** One at a time of the jobs that may be what ends this process. */
    private final Semaphore suspects = new Semaphore(1);

    private volatile Set<String> claimEach = Set.of();

    ClaimingGuard(FacadeAccess facade, Worker worker, WorkerTime time, StandStill standStill) {
        this.facade = facade;
        this.worker = worker;
        this.time = time;
        this.standStill = standStill;
    }

    /** From now on, messages of these types are claimed each. */
    void claimEach(Set<String> types) {
        claimEach = Set.copyOf(types);
    }

    @Override
    public Permit ask(ReadyQueue.Work work, JobMessage job) {
        Delivery delivery = work.delivery();
        if (!delivery.inHand()) {
            return new Drop(LOST);
        }
        boolean irreversible = work.type().contract().effectClass() == EffectClass.IRREVERSIBLE;
        boolean maybeRunning = job.maybeDuplicate() || delivery.redelivered() || delivery.deliveryCount() > 0;
        boolean late = job.limits().passed(job.attempt(), time.now());
        boolean usual = !maybeRunning
                && !irreversible
                && !late
                && !stale(work)
                && job.attempt() == 1
                && !claimEach.contains(job.jobType().key());
        if (usual) {
            return new Go(job, () -> {});
        }
        Optional<ClaimAnswer> answered = claim(job, maybeRunning, false);
        boolean suspect = answered.isPresent() && isSuspect(answered.get()) && suspects.tryAcquire();
        boolean runs = false;
        try {
            if (suspect) {
                answered = claim(job, maybeRunning, true);
            }
            if (answered.isEmpty()) {
                return unanswered(job, delivery, irreversible || late, maybeRunning);
            }
            ClaimAnswer answer = answered.get();
            runs = answer.verdict() == ClaimAnswer.Verdict.RUN;
            return switch (answer.verdict()) {
                case DROP -> new Drop(answer.reason());
                // Lost meanwhile: whoever has it now asks for itself.
                case WAIT ->
                    delivery.inHand()
                            ? later(job, Duration.ofSeconds(answer.afterSeconds()), maybeRunning, answer.reason())
                            : new Drop(LOST);
                case RUN -> new Go(job.asAttempt(answer.attempt()), suspect ? suspects::release : () -> {});
            };
        } finally {
            if (suspect && !runs) {
                suspects.release();
            }
        }
    }

    private Optional<ClaimAnswer> claim(JobMessage job, boolean maybeRunning, boolean suspectsWelcome) {
        return facade.claim(job, AttemptClaim.of(worker, maybeRunning, suspectsWelcome), PATIENCE);
    }

    /** Only after an answer that says so: the place is not to be taken by those who need none. */
    private static boolean isSuspect(ClaimAnswer answer) {
        return answer.verdict() == ClaimAnswer.Verdict.WAIT && answer.lost() >= ClaimAnswer.SUSPECT;
    }

    private Permit unanswered(JobMessage job, Delivery delivery, boolean mustAsk, boolean maybeRunning) {
        if (!delivery.inHand()) {
            return new Drop(LOST);
        }
        return mustAsk ? later(job, ASK_AGAIN, maybeRunning, "the facade cannot be asked") : new Go(job, () -> {});
    }

    private boolean stale(ReadyQueue.Work work) {
        return time.since(work.arrived()).compareTo(StandStill.NOTICED) > 0 || standStill.recent();
    }

    private Later later(JobMessage job, Duration rest, boolean maybeRunning, String reason) {
        return new Later(job.askedAgain(time.now().plus(rest), maybeRunning), reason);
    }
}
