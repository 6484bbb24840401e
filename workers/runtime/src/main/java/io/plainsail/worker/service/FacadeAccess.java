package io.plainsail.worker.service;

import io.plainsail.contracts.wire.AttemptClaim;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.RunningCheck;
import java.time.Duration;
import java.util.Optional;

/**
 * What a worker process asks the facade and hands to it. Nothing of it stands in the way of an ordinary job: the facade
 * may be away. Thread-safe.
 */
public interface FacadeAccess extends ResultDelivery {

    /** Asks whether an attempt may begin that may not be the only one. */
    Claimed claim(JobMessage job, AttemptClaim claim, Duration patience);

    /** What came of a claim. */
    sealed interface Claimed {}

    record Answered(ClaimAnswer answer) implements Claimed {}

    /** The facade has not heard the claim. */
    record NotReached() implements Claimed {}

    /** The facade may have heard the claim, and granted it. */
    record Unheard() implements Claimed {}

    /** The facade says that this message can claim nothing, now or later. */
    record Refused(String reason) implements Claimed {}

    /**
     * Asks what of this worker's doing is not wanted any more.
     *
     * @return empty if the facade cannot be reached, or gave no answer that can be read
     */
    Optional<RunningCheck.Answer> check(String instance, RunningCheck check, Duration patience);
}
