package io.plainsail.worker;

/**
 * Does the work of one job type. Called from several threads at once: keep no state of a job in fields.
 *
 * <p>A job may be run more than once (a worker dies, an answer is lost). What that may do to the world is the contract's
 * effect class; {@link JobContext#jobId} is the same for every run.
 */
@FunctionalInterface
public interface JobHandler {

    /**
     * Runs the job. The thread is interrupted when the attempt runs out of time or the worker must stop; return or
     * throw soon then.
     *
     * @throws JobSnoozedException to be called again later
     * @throws JobFailedException to fail with a category, a code and a message of your own
     * @throws Exception anything else fails the attempt as {@code internal}
     */
    Outcome handle(JobContext job) throws Exception;
}
