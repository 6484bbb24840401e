package io.plainsail.facade.job;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** The idempotency keys of accepted jobs; they are written with their jobs, see {@link JobStore#accept}. Thread-safe. */
public interface IdempotencyKeys {

    /** A key, and the job that was accepted under it. */
    record Used(IdempotencyKey key, UUID jobId) {}

    /** What was accepted under a key, by item. */
    List<Used> find(String id);

    /** Forgets keys of jobs accepted before a time, so many at most. Returns how many. */
    int forgetBefore(Instant acceptedBefore, int limit);

    /** A job with this key was accepted meanwhile: {@link #find} tells which. Nothing of the request was. */
    final class TakenException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public TakenException(Throwable cause) {
            super("an idempotency key was used meanwhile", cause);
        }
    }
}
