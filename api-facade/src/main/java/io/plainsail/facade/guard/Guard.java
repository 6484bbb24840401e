package io.plainsail.facade.guard;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.wire.AttemptClaim;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.EventBatchCodec;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.fleet.Fleet;
import io.plainsail.facade.job.ClaimRules;
import io.plainsail.facade.job.JobClaims;
import io.plainsail.facade.job.JobEnds;
import io.plainsail.facade.job.Lease;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.Failpoint;
import io.plainsail.messaging.Publisher;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a job from running twice without need, and from never running again.
 *
 * <ol>
 *   <li>Workers claim attempts that may not be the only ones: {@link #claim}.
 *   <li>They ask again and again what of their doing is not wanted any more: {@link #check}.
 *   <li>{@link #look} takes back jobs whose workers are lost, and ends those whose time is up.
 * </ol>
 *
 * <p>Thread-safe; {@link #look} is called by one thread, and by several facades of one store.
 */
public final class Guard {
    private static final int BATCH = 200;
    private static final int MAX_BATCHES = 20;
    private static final Logger log = LoggerFactory.getLogger(Guard.class);

    private final JobClaims claims;
    private final JobEnds ends;
    private final Publisher publisher;
    private final Lease lease;
    private final String facade;
    private final boolean alone;
    private final RecordedTime recorded;
    private final Fleet fleet;

    private final AtomicLong asked = new AtomicLong();
    private final AtomicLong takenBack = new AtomicLong();

    /**
     * @param publisher takes this facade's marks to the events
     * @param facade its name
     * @param alone whether the workers are in this very process, and the transport forgets everything with it
     * @param fleet keeps who asked
     */
    public Guard(
            JobClaims claims,
            JobEnds ends,
            Publisher publisher,
            Lease lease,
            String facade,
            boolean alone,
            Fleet fleet) {
        this.claims = claims;
        this.ends = ends;
        this.publisher = publisher;
        this.lease = lease;
        this.facade = facade;
        this.alone = alone;
        this.fleet = fleet;
        this.recorded = new RecordedTime(lease.length());
    }

    /** Answers a claim; what it says is durable. */
    public ClaimAnswer claim(UUID jobId, int attempt, AttemptClaim claim) {
        asked.incrementAndGet();
        ClaimRules.Question question = new ClaimRules.Question(
                attempt,
                claim.instance(),
                claim.release(),
                claim.maybeRunning(),
                claim.suspectsWelcome(),
                claim.id(),
                claim.unheard());
        ClaimAnswer answer = claims.claim(jobId, claim.worker(), question, terms());
        Failpoint.CLAIM_GRANTED.pass();
        return answer;
    }

    private ClaimRules.Terms terms() {
        return new ClaimRules.Terms(
                lease.clock().instant(), recorded.upTo(), recorded.leasesEnd(), lease.length(), alone);
    }

    public RunningCheck.Answer check(RunningCheck check) {
        Map<JobType, String> types = new HashMap<>();
        for (String key : check.types()) {
            JobType.ofKey(key).ifPresent(type -> types.put(type, key));
        }
        RunningCheck.Presence presence = check.presence();
        return new RunningCheck.Answer(
                claims.over(presence == null ? null : presence.worker().instance(), check.running()),
                claims.claimEach(Set.copyOf(types.keySet())).stream()
                        .map(JobType::key)
                        .toList(),
                fleet.heard(check),
                List.of(),
                Math.toIntExact(lease.length().toSeconds()));
    }

    /** Puts a mark into the events, if they can be reached at all. */
    public void mark() {
        if (alone || !publisher.ready()) {
            return;
        }
        EventBatch batch = new EventBatch(
                new Worker("facade", facade, facade, ""),
                List.of(new WorkerEvent.Mark(lease.clock().instant())));
        publisher.publish(Destination.events(), EventBatchCodec.encode(batch), result -> {});
    }

    /** A mark, this facade's or another's, has come out of the events: all before it is recorded. */
    public void recorded(WorkerEvent.Mark mark) {
        recorded.mark(mark.at());
    }

    /** Takes back jobs whose workers are lost, and ends those whose time is up. */
    public void look() {
        Clock clock = lease.clock();
        Instant now = clock.instant();
        int batches = 0;
        Instant recordedUpTo = alone ? now : reportedUpTo(now);
        while (ends.expire(now, recordedUpTo, BATCH) == BATCH && batches < MAX_BATCHES) {
            batches++;
        }
        int lost = claims.takeBackLost(terms(), BATCH);
        if (lost > 0) {
            takenBack.addAndGet(lost);
            log.warn("{} running jobs were taken back: their workers were not heard of for {}", lost, lease.length());
        }
    }

    /** Whatever began or ended before this is recorded: a report may take a moment to be sent. */
    private Instant reportedUpTo(Instant now) {
        Instant upTo = recorded.upTo();
        if (upTo == null) {
            return Instant.EPOCH;
        }
        return (upTo.isBefore(now) ? upTo : now).minus(ClaimRules.ANNOUNCED);
    }

    /** Whether everything that was reported until a moment ago is recorded, and the clock has stood for a lease. */
    public boolean caughtUp() {
        Instant upTo = recorded.upTo();
        return recorded.leasesEnd()
                && upTo != null
                && !upTo.isBefore(lease.clock().instant().minus(RecordedTime.GAP));
    }

    /** How far what is recorded is behind; empty while no mark has come, and where there are none. */
    public Optional<Duration> lag() {
        Instant now = lease.clock().instant();
        return Optional.ofNullable(recorded.upTo())
                .map(upTo -> upTo.isBefore(now) ? Duration.between(upTo, now) : Duration.ZERO);
    }

    /** Claims asked since the start. */
    public long asked() {
        return asked.get();
    }

    /** Jobs taken back since the start. */
    public long takenBack() {
        return takenBack.get();
    }
}
