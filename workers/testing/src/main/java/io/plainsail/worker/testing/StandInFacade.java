package io.plainsail.worker.testing;

import io.plainsail.contracts.wire.AttemptClaim;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.worker.service.FacadeAccess;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** The little of a facade that one worker sees: grants every claim, but for jobs that were cancelled. Thread-safe. */
final class StandInFacade implements FacadeAccess {
    private static final String CANCELLED = "the job is cancelled";

    private final RecordingResultDelivery results = new RecordingResultDelivery();

    /** Told when a message of the job was dropped. */
    private final Map<UUID, Runnable> cancelled = new ConcurrentHashMap<>();

    RecordingResultDelivery results() {
        return results;
    }

    void cancel(UUID job, Runnable dropped) {
        cancelled.put(job, dropped);
    }

    @Override
    public Answer deliver(Upload upload, Duration patience) {
        return results.deliver(upload, patience);
    }

    @Override
    public Claimed claim(JobMessage job, AttemptClaim claim, Duration patience) {
        Runnable dropped = cancelled.get(job.jobId());
        if (dropped == null) {
            return new Answered(ClaimAnswer.run(job.attempt(), 0));
        }
        dropped.run();
        return new Answered(ClaimAnswer.drop(CANCELLED));
    }

    @Override
    public Optional<RunningCheck.Answer> check(String instance, RunningCheck check, Duration patience) {
        List<RunningCheck.Over> over = check.running().stream()
                .filter(running -> cancelled.containsKey(running.job()))
                .map(running -> new RunningCheck.Over(running.job(), running.attempt(), CANCELLED))
                .toList();
        return Optional.of(new RunningCheck.Answer(over, cancelled.isEmpty() ? List.of() : check.types(), false));
    }
}
