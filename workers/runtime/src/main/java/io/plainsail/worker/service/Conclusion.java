package io.plainsail.worker.service;

import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.WorkerEvent;
import java.util.List;

/** What is to be done about an attempt that has ended. */
sealed interface Conclusion {

    /**
     * Report the outcome, then acknowledge.
     *
     * @param lastLines end of the attempt's log, such as a stack trace
     */
    record Report(WorkerEvent.OfAttempt outcome, List<String> lastLines) implements Conclusion {}

    /**
     * Send the next attempt on its way, report that it follows, then acknowledge.
     *
     * @param next the message of the next attempt
     * @param outcome tells that it follows
     * @param lastLines end of the attempt's log, such as a stack trace
     */
    record Retry(JobMessage next, WorkerEvent.Retrying outcome, List<String> lastLines) implements Conclusion {}

    /** Give the job back to its queue, report nothing: the worker stops, and another will run it. */
    record HandBack() implements Conclusion {}

    /** Acknowledge and report nothing: the job is decided already. */
    record Drop(String reason) implements Conclusion {}
}
