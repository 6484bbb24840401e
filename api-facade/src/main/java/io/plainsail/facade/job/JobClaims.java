package io.plainsail.facade.job;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.Worker;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who may run a job now. Every change is durable when the call returns, and is made whole or not at all. Thread-safe. */
public interface JobClaims {

    /**
     * Answers a claim by {@link ClaimRules}. With {@link ClaimAnswer.Verdict#RUN} the worker has the lease of the attempt.
     * A job that is not known is dropped.
     */
    ClaimAnswer claim(UUID jobId, Worker worker, ClaimRules.Question question, ClaimRules.Terms terms);

    /**
     * Which of these attempts are not wanted any more: the job has ended, or a later attempt has begun. The others run, and
     * the instance's leases on them are renewed if that is due: its heartbeats may be held up on their way.
     *
     * @param instance who runs them; null if it did not say
     */
    List<RunningCheck.Over> over(@Nullable String instance, Collection<RunningCheck.Running> running);

    /** Which of these types have jobs that ended while their first message was on its way. */
    List<JobType> claimEach(Collection<JobType> types);

    /**
     * Takes running jobs back whose lease ended long ago without their message asking again, and writes an outbox row for
     * the next attempt; one that was lost too often is dead. Returns how many jobs it found.
     */
    int takeBackLost(ClaimRules.Terms terms, int limit);
}
