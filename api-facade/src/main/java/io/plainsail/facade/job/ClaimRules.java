package io.plainsail.facade.job;

import io.plainsail.contracts.TimeLimits;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.wire.ClaimAnswer;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Decides what a claim is answered. Pure. */
public final class ClaimRules {
    /** Attempts of a job that may be lost with their workers; with the last of them the job is dead. */
    public static final int MAX_LOST = 5;

    /** How long after it began a running attempt is sure to have announced itself. */
    public static final Duration ANNOUNCED = Duration.ofSeconds(2);

    private static final int ASK_AGAIN_SECONDS = 3;
    private static final int ASK_AGAIN_AT_LEAST = 2;

    private ClaimRules() {}

    /**
     * What the store knows of the job.
     *
     * @param attempt the current one
     * @param messageAttempt the attempt of the newest message that is known
     * @param lost attempts that ended without a word of their worker
     * @param claim that gave the lease, until its attempt announced itself; null if none did
     * @param instance who holds the lease of the current attempt, if it runs
     * @param askedAt since when a message that may be a second copy asks to run; null if none does
     * @param limits until when it must have begun, and ended
     * @param onRelease the release that is to run it and that is there; null for whoever asks
     */
    public record Standing(
            JobState state,
            int attempt,
            int messageAttempt,
            int lost,
            @Nullable UUID claim,
            @Nullable String instance,
            @Nullable Instant leaseUntil,
            @Nullable Instant askedAt,
            TimeLimits limits,
            @Nullable String onRelease) {

        public Standing onAnyRelease() {
            return new Standing(
                    state, attempt, messageAttempt, lost, claim, instance, leaseUntil, askedAt, limits, null);
        }
    }

    /**
     * @param attempt that of the message
     * @param release of the worker that asks
     * @param maybeRunning whether another copy of the message may be in other hands
     * @param suspectsWelcome whether the worker would run a job that may be what ends its workers
     * @param claim names this question; null if it has no name
     * @param unheard earlier claims of the attempt by which nothing runs
     */
    public record Question(
            int attempt,
            String instance,
            String release,
            boolean maybeRunning,
            boolean suspectsWelcome,
            @Nullable UUID claim,
            Collection<UUID> unheard) {}

    /**
     * What time it is, as far as leases go.
     *
     * @param recordedUpTo everything that was reported before is recorded; null if that is not known
     * @param leasesEnd whether leases can be judged at all: not for a while after events were held up
     * @param alone whether the one who asks is the only process there is, and the transport forgot everything else
     */
    public record Terms(Instant now, @Nullable Instant recordedUpTo, boolean leasesEnd, Duration lease, boolean alone) {

        /** Whether a lease has ended without being renewed. One from too far ahead was given before the clock was set back. */
        public boolean ended(@Nullable Instant leaseUntil) {
            if (!leasesEnd || recordedUpTo == null) {
                return false;
            }
            return leaseUntil == null || leaseUntil.isBefore(recordedUpTo) || leaseUntil.isAfter(farAhead());
        }

        /** By now, not by what is recorded: however far that is behind, a lease given a moment ago is none of these. */
        public Instant farAhead() {
            return now.plus(lease.multipliedBy(2));
        }
    }

    /** What is to be done. */
    public sealed interface Decision {}

    /**
     * The attempt begins.
     *
     * @param lost the job's lost attempts from now on
     * @param lostNow whether the current attempt is lost with that
     */
    public record Run(int attempt, int lost, boolean lostNow) implements Decision {}

    /**
     * @param asks whether it is to be remembered since when there is this question
     */
    public record Answer(ClaimAnswer answer, boolean asks) implements Decision {}

    /** The current attempt is lost, and was the last one that may be. */
    public record GiveUp(int lost) implements Decision {}

    public static Decision decide(Standing job, Question question, Terms terms) {
        if (job.state().terminal()) {
            return drop("the job is " + job.state().word());
        }
        if (question.attempt() < job.messageAttempt()) {
            return drop("attempt " + job.messageAttempt() + " has followed");
        }
        Decision decision = job.state() == JobState.RUNNING
                ? whileRunning(job, question, terms)
                : whileNotRunning(job, question, terms);
        if (decision instanceof Run run && job.limits().passed(run.attempt(), terms.now())) {
            return waitFor(ASK_AGAIN_AT_LEAST, "its time is up; it has expired when all reports are recorded");
        }
        if (decision instanceof Run
                && job.onRelease() != null
                && !job.onRelease().equals(question.release())) {
            return waitFor(ASK_AGAIN_SECONDS, "it is to run on release " + job.onRelease());
        }
        return decision;
    }

    private static Decision whileRunning(Standing job, Question question, Terms terms) {
        if (job.claim() != null && question.unheard().contains(job.claim())) {
            // It was granted, and nobody heard it: nothing runs, and the number is still to be had.
            return isUnwelcome(job.lost(), question)
                    ? new Answer(ClaimAnswer.waitAsSuspect(job.lost(), ASK_AGAIN_SECONDS), false)
                    : new Run(Math.max(job.attempt(), question.attempt()), job.lost(), false);
        }
        boolean held = terms.alone() ? question.instance().equals(job.instance()) : !terms.ended(job.leaseUntil());
        if (held) {
            return waitFor(secondsToEnd(job, terms), "it runs on " + job.instance());
        }
        int lost = job.lost() + 1;
        if (lost >= MAX_LOST) {
            return new GiveUp(lost);
        }
        if (isUnwelcome(lost, question)) {
            return new Answer(ClaimAnswer.waitAsSuspect(lost, ASK_AGAIN_SECONDS), false);
        }
        return new Run(Math.max(job.attempt() + 1, question.attempt()), lost, true);
    }

    private static Decision whileNotRunning(Standing job, Question question, Terms terms) {
        if (isUnwelcome(job.lost(), question)) {
            return new Answer(ClaimAnswer.waitAsSuspect(job.lost(), ASK_AGAIN_SECONDS), false);
        }
        if (!question.maybeRunning()) {
            return new Run(Math.max(job.attempt(), question.attempt()), job.lost(), false);
        }
        if (!terms.alone()) {
            Instant askedAt = job.askedAt();
            if (askedAt == null || askedAt.isAfter(terms.now())) {
                return new Answer(ClaimAnswer.waitFor(ASK_AGAIN_SECONDS, "it may run elsewhere already"), true);
            }
            if (terms.recordedUpTo() == null || terms.recordedUpTo().isBefore(askedAt.plus(ANNOUNCED))) {
                return waitFor(ASK_AGAIN_AT_LEAST, "it may run elsewhere already");
            }
        }
        // A number of its own: whoever had the other copy and did not announce itself cannot speak for this attempt.
        return new Run(Math.max(job.attempt() + 1, question.attempt()), job.lost(), false);
    }

    private static boolean isUnwelcome(int lost, Question question) {
        return lost >= ClaimAnswer.SUSPECT && !question.suspectsWelcome();
    }

    private static int secondsToEnd(Standing job, Terms terms) {
        Instant until = job.leaseUntil();
        long seconds = until == null ? 0 : Duration.between(terms.now(), until).toSeconds() + 1;
        return (int)
                Math.max(ASK_AGAIN_AT_LEAST, Math.min(seconds, terms.lease().toSeconds() + 1));
    }

    private static Answer waitFor(int seconds, String reason) {
        return new Answer(ClaimAnswer.waitFor(seconds, reason), false);
    }

    private static Answer drop(String reason) {
        return new Answer(ClaimAnswer.drop(reason), false);
    }
}
