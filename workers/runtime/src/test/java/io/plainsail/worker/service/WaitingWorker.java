package io.plainsail.worker.service;

import io.plainsail.worker.JobContext;
import io.plainsail.worker.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A worker process for tests: a job with {@code {"until": "<path>"}} ends when that file exists. */
final class WaitingWorker {
    record Config(String greeting) {}

    private WaitingWorker() {}

    public static void main(String[] args) {
        WorkerMain.run(args, Config.class, config -> WorkerService.named("waiting")
                .handles(Jobs.contract(), job -> handle(job, config)));
    }

    private static Outcome handle(JobContext job, Config config) throws InterruptedException {
        job.log("hello from " + config.greeting());
        if (job.input().has("until")) {
            Path path = Path.of(job.input().get("until").textValue());
            while (!Files.exists(path)) {
                Thread.sleep(20);
            }
        }
        return Outcome.of(Map.of("greeting", config.greeting()));
    }
}
