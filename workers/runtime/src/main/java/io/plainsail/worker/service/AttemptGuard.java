package io.plainsail.worker.service;

import io.plainsail.contracts.wire.JobMessage;

/** Decides whether an attempt begins. Thread-safe. */
@FunctionalInterface
interface AttemptGuard {

    Permit ask(ReadyQueue.Work work, JobMessage job);

    /** A guard that lets every attempt begin: where there is no facade. */
    static AttemptGuard off() {
        return (work, job) -> new Go(job, () -> {});
    }

    /** What is to be done with a message. */
    sealed interface Permit {}

    /**
     * @param job for the attempt that may begin
     * @param done to be called when it has ended, or was given up; what comes after the first call does nothing
     */
    record Go(JobMessage job, Runnable done) implements Permit {}

    /** Nobody wants it any more. */
    record Drop(String reason) implements Permit {}

    /** Nobody can run it as it is: it is to be parked. */
    record Refuse(String reason) implements Permit {}

    /**
     * @param again the same message, for then
     */
    record Later(JobMessage again, String reason) implements Permit {}
}
