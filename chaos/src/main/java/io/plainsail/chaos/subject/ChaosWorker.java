package io.plainsail.chaos.subject;

import io.plainsail.contracts.ContractLoader;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.service.WorkerMain;
import io.plainsail.worker.service.WorkerService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A worker service whose every run is written down, in the file that {@code PLAINSAIL_CHAOS_RUNS} names. The job type
 * {@code chaos.work} is pure, {@code chaos.ship} irreversible; both do the same.
 */
public final class ChaosWorker {
    /** The environment variable that names the file. */
    public static final String RUNS = "PLAINSAIL_CHAOS_RUNS";

    private ChaosWorker() {}

    public static void main(String[] args) {
        Path runs = Path.of(System.getenv(RUNS));
        WorkerMain.run(args, service(runs), SteppedClock.ofEnvironment());
    }

    /** The service less its process. */
    public static WorkerService service(Path runs) {
        return WorkerService.named("chaos")
                .handles(ContractLoader.fromClassPath(ChaosWorker.class, "chaos.work", 1), job -> run(job, runs))
                .handles(ContractLoader.fromClassPath(ChaosWorker.class, "chaos.ship", 1), job -> run(job, runs));
    }

    private static Outcome run(JobContext job, Path runs) throws IOException, InterruptedException, JobFailedException {
        tell(runs, "start", job);
        String kind = job.input().get("kind").asText();
        if (kind.equals("poison")) {
            Runtime.getRuntime().halt(1);
        }
        Thread.sleep(job.input().get("millis").asLong());
        if (kind.equals("again") && job.attempt() == 1) {
            throw new JobFailedException(ErrorCategory.UNAVAILABLE, "again", "as it was told");
        }
        tell(runs, "end", job);
        return Outcome.done();
    }

    /** One write for each line: appended whole. */
    private static void tell(Path runs, String what, JobContext job) throws IOException {
        String line = what + " " + job.jobId() + " " + job.attempt() + " "
                + ProcessHandle.current().pid() + " " + System.currentTimeMillis() + "\n";
        Files.writeString(runs, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
