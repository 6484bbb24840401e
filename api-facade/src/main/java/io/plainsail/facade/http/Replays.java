package io.plainsail.facade.http;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.accept.GroupCommit;
import io.plainsail.facade.access.Owner;
import io.plainsail.facade.fleet.Fleet;
import io.plainsail.facade.job.DeadJobs;
import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.JobCallbacks;
import io.plainsail.facade.job.JobQuery;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.NewJob;
import io.plainsail.facade.job.OverloadedException;
import io.plainsail.facade.store.StoreUnavailableException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Repeats dead jobs as new ones. A job is repeated once, by the store's own rule: whoever asks again, or at the same
 * moment, gets no second one; what comes of it can be repeated in its turn. Thread-safe.
 */
public final class Replays {
    /** Jobs accepted in one transaction: so many, or so many bytes. */
    private static final int PAGE_JOBS = 100;

    private static final int PAGE_BYTES = 2 * 1024 * 1024;
    private static final int MAX_TOLD = 20;

    private final JobRequests requests;
    private final GroupCommit accept;
    private final JobStore store;
    private final DeadJobs dead;
    private final JobCallbacks callbacks;
    private final Fleet fleet;
    private final Clock clock;

    public Replays(
            JobRequests requests,
            GroupCommit accept,
            JobStore store,
            DeadJobs dead,
            JobCallbacks callbacks,
            Fleet fleet,
            Clock clock) {
        this.fleet = fleet;
        this.callbacks = callbacks;
        this.requests = requests;
        this.accept = accept;
        this.store = store;
        this.dead = dead;
        this.clock = clock;
    }

    /** One that was not replayed, and why. */
    record Refused(UUID id, Problem problem) {}

    /**
     * @param matched dead jobs that the filter meets and that were not replayed before, counted up to the limit
     * @param refused the first of those whose input breaks the contract that is in force now
     */
    record Replayed(boolean dryRun, int matched, int replayed, int refusedInAll, List<Refused> refused) {}

    /**
     * Repeats one job; a second time gives the same new job.
     *
     * @param body empty, or JSON with the edited input
     * @param onRelease whose workers are to run it; null for whoever takes it
     * @throws ProblemException if the job is not dead, no worker of the release takes it, its input breaks the contract, or
     *     it is to be repeated a second time with an edited input or on another release
     */
    UUID one(Job origin, byte[] body, @Nullable String onRelease) {
        if (origin.state() != JobState.FAILED) {
            throw new ProblemException(
                    Problem.Kind.NOT_DEAD, "the job is " + origin.state().word());
        }
        byte[] edited = requests.editedInput(body);
        Optional<UUID> before = dead.replayOf(origin.id());
        if (before.isPresent()) {
            return repeated(before.get(), edited, onRelease);
        }
        if (onRelease != null) {
            check(origin.jobType(), onRelease, fleet.releases(origin.jobType()));
        }
        NewJob job = requests.again(
                        origin, edited == null ? inputOf(origin) : edited, callbackOf(origin), ownerOf(origin))
                .onRelease(onRelease)
                .build();
        try {
            accept.accept(List.of(job));
            return job.id();
        } catch (OverloadedException | StoreUnavailableException e) {
            throw e;
        } catch (RuntimeException e) {
            return repeated(dead.replayOf(origin.id()).orElseThrow(() -> e), edited, onRelease);
        }
    }

    private UUID repeated(UUID replay, byte @Nullable [] edited, @Nullable String onRelease) {
        if (edited != null || onRelease != null && !onRelease.equals(releaseOf(replay))) {
            throw new ProblemException(
                    Problem.Kind.ALREADY_REPLAYED,
                    "it was replayed as " + replay + ": replay that one, should it fail too");
        }
        return replay;
    }

    private @Nullable String releaseOf(UUID id) {
        return store.find(id).map(Job::onRelease).orElse(null);
    }

    private static void check(JobType type, String release, Collection<String> there) {
        if (!there.contains(release)) {
            throw new ProblemException(
                    Problem.Kind.RELEASE_ABSENT,
                    there.isEmpty()
                            ? "nobody takes " + type + " now"
                            : type + " is taken by " + String.join(", ", there));
        }
    }

    private Owner ownerOf(Job job) {
        return store.owner(job.id()).orElse(Owner.NOBODY);
    }

    private @Nullable String callbackOf(Job job) {
        return callbacks.of(job.id()).orElse(null);
    }

    private byte[] inputOf(Job job) {
        return dead.input(job.id())
                .orElseThrow(() -> JobsResource.unknown(job.id().toString()));
    }

    /**
     * Repeats dead jobs that were not repeated yet, the newest that the limit allows, oldest of them first.
     *
     * @param perSecond so many are released in a second; 0 for all at once
     * @param onRelease whose workers are to run them; null for whoever takes them
     */
    Replayed many(JobQuery query, int perSecond, @Nullable String onRelease, boolean dryRun) {
        JobQuery wanted = query.ofDead().ofNotReplayed();
        if (dryRun) {
            return new Replayed(true, dead.count(wanted), 0, 0, List.of());
        }
        List<Job> found = new ArrayList<>(store.list(wanted));
        java.util.Collections.reverse(found);
        Instant begin = clock.instant();
        Map<JobType, Set<String>> there = new HashMap<>();
        List<Refused> refused = new ArrayList<>();
        int refusedInAll = 0;
        int replayed = 0;
        List<NewJob> page = new ArrayList<>();
        int bytes = 0;
        for (Job origin : found) {
            byte[] input = dead.input(origin.id()).orElse(null);
            if (input == null) {
                continue; // purged a moment ago
            }
            try {
                if (onRelease != null) {
                    check(origin.jobType(), onRelease, there.computeIfAbsent(origin.jobType(), fleet::releases));
                }
                int place = replayed + page.size();
                page.add(requests.again(origin, input, callbackOf(origin), ownerOf(origin))
                        .onRelease(onRelease)
                        .releaseAt(perSecond == 0 ? null : begin.plusMillis(1_000L * place / perSecond))
                        .build());
                bytes += input.length;
            } catch (ProblemException e) {
                refusedInAll++;
                if (refused.size() < MAX_TOLD) {
                    refused.add(new Refused(origin.id(), e.problem()));
                }
            }
            if (page.size() >= PAGE_JOBS || bytes >= PAGE_BYTES) {
                replayed += acceptPage(page);
                page.clear();
                bytes = 0;
            }
        }
        replayed += acceptPage(page);
        return new Replayed(false, found.size(), replayed, refusedInAll, refused);
    }

    private int acceptPage(List<NewJob> page) {
        if (page.isEmpty()) {
            return 0;
        }
        try {
            accept.accept(List.copyOf(page));
            return page.size();
        } catch (OverloadedException | StoreUnavailableException e) {
            throw e;
        } catch (RuntimeException e) {
            return (int) page.stream().filter(job -> isAcceptedAlone(job, e)).count();
        }
    }

    /** Somebody else may have repeated one of them at this moment: the others are not to suffer. */
    private boolean isAcceptedAlone(NewJob job, RuntimeException refusal) {
        try {
            accept.accept(List.of(job));
            return true;
        } catch (OverloadedException | StoreUnavailableException e) {
            throw e;
        } catch (RuntimeException e) {
            if (job.replayOf() == null || dead.replayOf(job.replayOf()).isEmpty()) {
                throw refusal;
            }
            return false;
        }
    }
}
