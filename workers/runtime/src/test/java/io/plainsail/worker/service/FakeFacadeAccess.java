package io.plainsail.worker.service;

import io.plainsail.contracts.wire.AttemptClaim;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.RunningCheck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Answers what it was told to answer. Takes no files. */
final class FakeFacadeAccess implements FacadeAccess {
    /** What it says to claims; null: nothing. */
    volatile @Nullable ClaimAnswer claimAnswer;

    /** What comes of claims that it does not answer. */
    volatile Claimed unanswered = new NotReached();

    /** What it says instead to claims of a worker that takes suspects; null: the same. */
    volatile @Nullable ClaimAnswer suspectAnswer;

    /** Whether it does not answer those. */
    volatile boolean suspectUnanswered;

    /** What happens while it is asked. */
    volatile Runnable whenClaimed = () -> {};

    /** What it says to checks; null: it cannot be reached. */
    volatile RunningCheck.@Nullable Answer checkAnswer;

    // Guarded by this.
    private final List<AttemptClaim> claims = new ArrayList<>();
    private final List<RunningCheck> checks = new ArrayList<>();

    @Override
    public synchronized Claimed claim(JobMessage job, AttemptClaim claim, Duration patience) {
        claims.add(claim);
        whenClaimed.run();
        ClaimAnswer answer = claim.suspectsWelcome() && suspectAnswer != null ? suspectAnswer : claimAnswer;
        return answer == null || suspectUnanswered && claim.suspectsWelcome() ? unanswered : new Answered(answer);
    }

    @Override
    public synchronized Optional<RunningCheck.Answer> check(String instance, RunningCheck check, Duration patience) {
        checks.add(check);
        return Optional.ofNullable(checkAnswer);
    }

    @Override
    public Answer deliver(Upload upload, Duration patience) {
        return new Answer(Verdict.REFUSED, "no file is expected here");
    }

    synchronized List<AttemptClaim> claims() {
        return List.copyOf(claims);
    }

    synchronized List<RunningCheck> checks() {
        return List.copyOf(checks);
    }
}
