package io.plainsail.worker.testing;

import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.worker.service.SingleRun;
import java.util.List;

/** A {@link TestJob} whose handler runs. Every wait is bounded, and fails at once if the handler has ended. Thread-safe. */
public final class RunningJob {
    private final SingleRun run;
    private final RecordingHandler recording;

    RunningJob(SingleRun run, RecordingHandler recording) {
        this.run = run;
        this.recording = recording;
    }

    /**
     * Waits until the handler has written a line to the job's log that contains this.
     *
     * @throws AssertionError if it does not within 30 s
     */
    public RunningJob awaitLog(String part) {
        recording.awaitLog(part);
        return this;
    }

    /**
     * Waits until the handler has told at least so much progress.
     *
     * @param percent 0 to 100
     * @throws AssertionError if it does not within 30 s
     */
    public RunningJob awaitProgress(double percent) {
        recording.awaitProgress(percent);
        return this;
    }

    /** Cancels the job, as the facade does: the handler is interrupted, and what it makes of that is {@link #await}ed. */
    public RunningJob cancel() {
        recording.awaitBegun();
        run.cancel("the job is cancelled");
        return this;
    }

    /** Ends the worker under the job, whose time to finish is up: the handler is interrupted, the job goes back. */
    public RunningJob stopWorker() {
        recording.awaitBegun();
        run.handBack();
        return this;
    }

    /** Waits for the end, some seconds longer than the job's timeout at most; a minute, where a clock was given. */
    public TestResult await() {
        SingleRun.Report report = run.await();
        List<String> log = report.log().stream().map(WorkerEvent.LogLine::line).toList();
        List<TestResult.Progress> progress = recording.progress();
        if (report.outcome() instanceof WorkerEvent.Succeeded succeeded) {
            return new TestResult(
                    StrictJson.read(succeeded.output()), succeeded.file(), null, null, false, null, progress, log);
        }
        return new TestResult(
                null,
                null,
                report.outcome() instanceof WorkerEvent.Failed failed ? failed.failure() : null,
                report.outcome() instanceof WorkerEvent.Retrying retrying ? retrying.nextAt() : null,
                report.outcome() instanceof WorkerEvent.HandedBack,
                recording.thrown(),
                progress,
                log);
    }
}
