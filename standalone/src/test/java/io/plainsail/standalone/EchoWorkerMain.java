package io.plainsail.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobSnoozedException;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.service.WorkerMain;
import io.plainsail.worker.service.WorkerService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;

/**
 * A worker service for tests of the whole line: answers with its input, a little later. With the text {@code away:2} its
 * first two attempts fail for now; with {@code later:8} its first one puts the job off for 8 seconds; {@code long:8} takes
 * that long; {@code once:8} does so in its first attempt; {@code die} ends the process; {@code file:9} gives a result file
 * of so many bytes. Each run is told in the file that {@code PLAINSAIL_TEST_RUNS} names, if it is set: {@code <job> <attempt>
 * <process>}.
 */
public final class EchoWorkerMain {
    private EchoWorkerMain() {}

    public static void main(String[] args) {
        WorkerMain.run(
                args,
                WorkerService.named("echo")
                        .handles(
                                ContractLoader.fromClassPath(EchoWorkerMain.class, "test.echo", 1),
                                EchoWorkerMain::echo));
    }

    private static void tellRun(JobContext job) {
        String file = System.getenv("PLAINSAIL_TEST_RUNS");
        if (file == null) {
            return;
        }
        String line = job.jobId() + " " + job.attempt() + " "
                + ProcessHandle.current().pid() + "\n";
        try {
            Files.writeString(Path.of(file), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Outcome echo(JobContext job) throws InterruptedException, JobFailedException, JobSnoozedException {
        tellRun(job);
        JsonNode input = job.input();
        String[] words = input.path("text").asText().split(":", 2);
        if (words[0].equals("away") && job.attempt() <= Integer.parseInt(words[1])) {
            throw new JobFailedException(ErrorCategory.UNAVAILABLE, "away", "away in attempt " + job.attempt());
        }
        if (words[0].equals("later") && job.attempt() == 1) {
            throw new JobSnoozedException(Instant.now().plusSeconds(Long.parseLong(words[1])), "put off");
        }
        if (words[0].equals("long") || (words[0].equals("once") && job.attempt() == 1)) {
            Thread.sleep(1_000 * Long.parseLong(words[1]));
        }
        if (words[0].equals("die")) {
            Runtime.getRuntime().halt(1);
        }
        if (words[0].equals("file")) {
            byte[] content = "x".repeat(Integer.parseInt(words[1])).getBytes(StandardCharsets.US_ASCII);
            return new Outcome(input, new Outcome.Bytes("text/plain", content));
        }
        Thread.sleep(5);
        return Outcome.of(input);
    }
}
