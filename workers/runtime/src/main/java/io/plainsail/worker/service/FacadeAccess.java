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

    /**
     * Asks whether an attempt may begin that may not be the only one.
     *
     * @return empty if the facade cannot be reached, or gave no answer that can be read
     */
    Optional<ClaimAnswer> claim(JobMessage job, AttemptClaim claim, Duration patience);

    /**
     * Asks what of this worker's doing is not wanted any more.
     *
     * @return empty if the facade cannot be reached, or gave no answer that can be read
     */
    Optional<RunningCheck.Answer> check(String instance, RunningCheck check, Duration patience);
}
