package io.plainsail.workers.webhook;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobSnoozedException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What this process has learned of receivers, so that a bad one costs the others nothing:
 *
 * <ul>
 *   <li>a host and port has so many deliveries under way at most: one more is put off, and holds no place meanwhile;
 *   <li>a URL that fails several times in a row gets nothing for a while, then one delivery to try it with; each further
 *       failure doubles the while. By URL, not by host: nobody can make another's receiver on the same host rest;
 *   <li>a URL that answered 410 gets nothing for a longer while.
 * </ul>
 *
 * <p>It is forgotten with the process, and each process learns for itself: the next request finds out. Thread-safe.
 */
final class Endpoints {
    /** URLs in trouble that are remembered: those of last. */
    static final int REMEMBERED = 10_000;

    /** A rest is doubled up to so many times itself. */
    private static final int LONGEST_REST = 16;

    private static final Duration SHORTEST_WAIT = Duration.ofSeconds(1);

    private final WebhookConfig config;
    private final Clock clock;

    // Guarded by this.
    private final Map<String, Integer> underWay = new HashMap<>();
    private final Map<TargetUrl, Trouble> troubled = new LinkedHashMap<>(16, 0.75f, true);

    Endpoints(WebhookConfig config, Clock clock) {
        this.config = config;
        this.clock = clock;
    }

    /** Of one URL; guarded by the outer object. */
    private static final class Trouble {
        private int failures;
        private Duration rest = Duration.ZERO;
        private @Nullable Instant restsUntil;
        private @Nullable Instant goneUntil;
        private boolean tried;
    }

    /** The right to send one request. To be closed when that is over, whatever came of it. */
    final class Turn implements AutoCloseable {
        private final TargetUrl target;

        /** What the request is to find out about, if anything. */
        private final @Nullable Trouble trial;

        private Turn(TargetUrl target, @Nullable Trouble trial) {
            this.target = target;
            this.trial = trial;
        }

        /** The receiver answered. */
        void answered(int status) {
            synchronized (Endpoints.this) {
                if (status >= 500) {
                    failed();
                    return;
                }
                troubled.remove(target);
                if (status == 410) {
                    trouble(target).goneUntil = clock.instant().plus(config.goneFor());
                }
            }
        }

        /** The receiver could not be reached, or gave no answer. */
        void failed() {
            synchronized (Endpoints.this) {
                Trouble trouble = trouble(target);
                trouble.failures++;
                boolean enough = config.failuresUntilRest() > 0 && trouble.failures >= config.failuresUntilRest();
                if (enough && (trouble.restsUntil == null || trial != null)) {
                    Duration longest = config.rest().multipliedBy(LONGEST_REST);
                    Duration next = trial == null ? config.rest() : trouble.rest.multipliedBy(2);
                    trouble.rest = next.compareTo(longest) < 0 ? next : longest;
                    trouble.restsUntil = clock.instant().plus(trouble.rest);
                }
            }
        }

        @Override
        public void close() {
            synchronized (Endpoints.this) {
                underWay.computeIfPresent(target.toString(), (host, count) -> count == 1 ? null : count - 1);
                if (trial != null) {
                    trial.tried = false;
                }
            }
        }
    }

    /**
     * Asks to send a request.
     *
     * @throws JobFailedException if the receiver has shown that there is no use in it, for now or for good
     * @throws JobSnoozedException if its host has enough to do
     */
    synchronized Turn enter(TargetUrl target) throws JobFailedException, JobSnoozedException {
        Instant now = clock.instant();
        Trouble trouble = troubled.get(target);
        Trouble trial = null;
        if (trouble != null && trouble.goneUntil != null && now.isBefore(trouble.goneUntil)) {
            throw new JobFailedException(
                    ErrorCategory.REJECTED,
                    "gone",
                    target
                            + " answered 410 to this URL before: the receiver wants no more webhooks here; nothing was sent");
        }
        if (trouble != null && trouble.restsUntil != null) {
            if (trouble.tried || now.isBefore(trouble.restsUntil)) {
                throw new JobFailedException(
                                ErrorCategory.UNAVAILABLE,
                                "resting",
                                target + " failed " + config.failuresUntilRest()
                                        + " times in a row: this URL is left alone for a while; nothing was sent")
                        .notBefore(trouble.tried ? now.plus(SHORTEST_WAIT) : trouble.restsUntil);
            }
            trial = trouble;
        }
        int there = underWay.getOrDefault(target.toString(), 0);
        if (there >= config.maxConnectionsPerHost()) {
            throw new JobSnoozedException(
                    now.plus(SHORTEST_WAIT)
                            .plusMillis(ThreadLocalRandom.current().nextInt(2_000)),
                    target + " has " + there + " deliveries under way, as many as maxConnectionsPerHost allows");
        }
        underWay.merge(target.toString(), 1, Integer::sum);
        if (trial != null) {
            trial.tried = true;
        }
        return new Turn(target, trial);
    }

    private Trouble trouble(TargetUrl target) {
        Trouble known = troubled.computeIfAbsent(target, unused -> new Trouble());
        if (troubled.size() > REMEMBERED) {
            Iterator<?> eldest = troubled.keySet().iterator();
            eldest.next();
            eldest.remove();
        }
        return known;
    }
}
