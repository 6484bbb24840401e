package io.plainsail.worker.service;

import io.plainsail.contracts.EffectClass;
import io.plainsail.contracts.wire.AttemptClaim;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.messaging.Delivery;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Lets the usual attempt begin without a question; one that may not be the only one is claimed from the facade first:
 *
 * <ol>
 *   <li>its message was delivered before, or may have been published twice;
 *   <li>it is not the job's first attempt;
 *   <li>its effects are irreversible;
 *   <li>it has waited in this process for long, or the process stood still: the broker may have given it to others;
 *   <li>an earlier claim of it was not answered;
 *   <li>the facade said that messages of its type may be unwanted, or its time is up.
 * </ol>
 *
 * <p>A message whose connection is lost is with others, or soon will be, and is dropped here; not so if the claim was
 * granted meanwhile: then they wait.
 *
 * <p>If the facade does not answer, attempts run whose second run does no harm; the others come again later. So does one
 * whose claim it may have heard: if that was granted, another number than the message's is the current one. For a moment
 * after a claim that was not answered, no more are made, but for one now and then to see: a facade that hangs holds up one
 * lane, not all. Not so just after the process stood still: what ran out of time meanwhile says nothing about the facade,
 * while others are likely to have had the message. Then each is claimed, and comes again if it cannot be.
 *
 * <p>Thread-safe.
 */
final class ClaimingGuard implements AttemptGuard {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration ASK_AGAIN = Duration.ofSeconds(10);

    private static final String LOST = "its connection is lost, and it is delivered again";

    private static final Runnable NOTHING = () -> {};

    private final FacadeAccess facade;
    private final Worker worker;
    private final WorkerTime time;
    private final StandStill standStill;

    /** One at a time of the jobs that may be what ends this process. */
    private final Semaphore suspects = new Semaphore(1);

    /** Until when nobody but one asks; null while the facade answers. */
    private final AtomicReference<@Nullable Long> silentUntil = new AtomicReference<>();

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
        boolean unheard = !job.unheardClaims().isEmpty();
        boolean usual = !maybeRunning
                && !irreversible
                && !late
                && !unheard
                && !stale(work)
                && job.attempt() == 1
                && !claimEach.contains(job.jobType().key());
        if (usual) {
            return new Go(job, NOTHING);
        }
        boolean unaskedRuns = !irreversible && !late && !unheard && !standStill.recent();
        Permit unasked = !unaskedRuns ? later(job, maybeRunning) : new Go(job, NOTHING);
        if (!mayAsk()) {
            return unasked;
        }
        AttemptClaim claim = AttemptClaim.of(worker, job, maybeRunning, false);
        FacadeAccess.Claimed claimed = claim(job, claim);
        if (isSuspect(claimed) && suspects.tryAcquire()) {
            return askAsSuspect(delivery, job, maybeRunning);
        }
        return permit(delivery, job, claim, claimed, unasked, NOTHING);
    }

    private Permit askAsSuspect(Delivery delivery, JobMessage job, boolean maybeRunning) {
        Runnable leave = once(suspects::release);
        boolean runs = false;
        try {
            AttemptClaim claim = AttemptClaim.of(worker, job, maybeRunning, true);
            Permit permit = permit(delivery, job, claim, claim(job, claim), later(job, maybeRunning), leave);
            runs = permit instanceof Go;
            return permit;
        } finally {
            if (!runs) {
                leave.run();
            }
        }
    }

    /**
     * @param unasked what is done with a message of which the facade has not heard
     * @param done what is done when its attempt has ended
     */
    private Permit permit(
            Delivery delivery,
            JobMessage job,
            AttemptClaim claim,
            FacadeAccess.Claimed claimed,
            Permit unasked,
            Runnable done) {
        if (claimed instanceof FacadeAccess.Refused refused) {
            return new Refuse(refused.reason());
        }
        if (claimed instanceof FacadeAccess.Answered answered) {
            ClaimAnswer answer = answered.answer();
            if (answer.verdict() == ClaimAnswer.Verdict.RUN) {
                return new Go(job.asAttempt(answer.attempt()), done);
            }
            if (answer.verdict() == ClaimAnswer.Verdict.DROP) {
                return new Drop(answer.reason());
            }
        }
        if (!delivery.inHand()) {
            // Lost meanwhile: whoever has it now asks for itself.
            return new Drop(LOST);
        }
        if (claimed instanceof FacadeAccess.Answered answered) {
            Duration rest = Duration.ofSeconds(answered.answer().afterSeconds());
            return later(job, rest, claim.maybeRunning(), answered.answer().reason());
        }
        return claimed instanceof FacadeAccess.Unheard
                ? later(job.claimedUnheard(Objects.requireNonNull(claim.id())), claim.maybeRunning())
                : unasked;
    }

    /** Whether a claim is worth its wait. After one that was not answered, one in so long is made to see. */
    boolean mayAsk() {
        Long until = silentUntil.get();
        return until == null
                || standStill.recent()
                || time.nanos() - until >= 0 && silentUntil.compareAndSet(until, time.nanos() + PATIENCE.toNanos());
    }

    private FacadeAccess.Claimed claim(JobMessage job, AttemptClaim claim) {
        FacadeAccess.Claimed claimed = facade.claim(job, claim, PATIENCE);
        boolean answers = claimed instanceof FacadeAccess.Answered || claimed instanceof FacadeAccess.Refused;
        silentUntil.set(answers ? null : Long.valueOf(time.nanos() + PATIENCE.toNanos()));
        return claimed;
    }

    /** Only after an answer that says so: the place is not to be taken by those who need none. */
    private static boolean isSuspect(FacadeAccess.Claimed claimed) {
        return claimed instanceof FacadeAccess.Answered answered
                && answered.answer().verdict() == ClaimAnswer.Verdict.WAIT
                && answered.answer().lost() >= ClaimAnswer.SUSPECT;
    }

    private boolean stale(ReadyQueue.Work work) {
        return time.since(work.arrived()).compareTo(StandStill.NOTICED) > 0 || standStill.recent();
    }

    private Later later(JobMessage job, boolean maybeRunning) {
        return later(job, ASK_AGAIN, maybeRunning, "the facade cannot be asked");
    }

    private Later later(JobMessage job, Duration rest, boolean maybeRunning, String reason) {
        return new Later(job.askedAgain(time.now().plus(rest), maybeRunning), reason);
    }

    private static Runnable once(Runnable deed) {
        AtomicBoolean done = new AtomicBoolean();
        return () -> {
            if (!done.getAndSet(true)) {
                deed.run();
            }
        };
    }
}
