package io.plainsail.workers.packer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.testbed.Broker;
import io.plainsail.testbed.JavaProcess;
import io.plainsail.testbed.RabbitMqExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The packaged worker as processes, with a broker and Packer. */
@Timeout(300)
@ExtendWith(RabbitMqExtension.class)
class PackerWorkerIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Pattern STARTED = Pattern.compile("is started as .*");
    private static final String JOB = "{'template':'image','variables':{'release':'1.4.2'},'only':['file.image']}";

    /** Waits for a file before it ends. */
    private static final String WAITING = """
            echo half > "$OUT/half"
            setsid sleep 600 > /dev/null 2>&1 &
            echo baked >> "$MARKS/marks"
            until [ -e "$MARKS/go" ]; do sleep 0.1; done
            rm "$OUT/half"
            """;

    @TempDir
    Path directory;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private Bakery bakery;
    private FakeFacade facade;
    private String brokerUri = "";

    @BeforeAll
    static void needsPacker() {
        Bakery.needsPacker();
    }

    @BeforeEach
    void open(Broker broker) throws Exception {
        bakery = new Bakery(directory);
        bakery.secret("build", "a secret of the build");
        bakery.template("image", WAITING);
        brokerUri = broker.freshVirtualHostUri();
        facade = new FakeFacade(brokerUri);
        opened.add(facade);
    }

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private JavaProcess worker(String attempts) throws Exception {
        Path file = Files.writeString(
                directory.resolve("worker.yml"),
                attempts + "handler:\n" + bakery.config("cancelGrace: PT10S").indent(2));
        JavaProcess process = JavaProcess.of(PackerWorker.class)
                .classPath("target/app/*")
                .jvmOptions("-Xmx96m", "-XX:+UseSerialGC")
                .arguments(file.toString())
                .environment("PLAINSAIL_AMQP_URI", brokerUri)
                .environment("PLAINSAIL_FACADE_URL", facade.url())
                .start();
        opened.add(process);
        assertThat(process.awaitOutput(STARTED, PATIENCE).group()).contains("packer.build v1");
        return process;
    }

    private JsonNode output(UUID job) {
        WorkerEvent.OfAttempt outcome = facade.awaitOutcome(job);
        assertThat(outcome).isInstanceOf(WorkerEvent.Succeeded.class);
        return StrictJson.read(((WorkerEvent.Succeeded) outcome).output());
    }

    @Test
    void jobsAreBakedOnceByTwoWorkerProcessesAndTheyEndWell() throws Exception {
        JavaProcess one = worker("attempts: { concurrency: 1, prefetch: 1 }\n");
        UUID first = facade.submit(JOB);
        await().atMost(PATIENCE).until(() -> bakery.marks().size() == 1);
        JavaProcess two = worker("attempts: { concurrency: 1, prefetch: 1 }\n");
        UUID second = facade.submit(JOB);
        await().atMost(PATIENCE).until(() -> bakery.runs().size() == 2);
        Files.createFile(directory.resolve("go"));
        assertThat(output(first).get("reused").asBoolean()).isFalse();
        assertThat(output(second).get("reused").asBoolean()).isTrue();
        assertThat(output(second).get("jobId").asText()).isEqualTo(first.toString());
        assertThat(bakery.marks()).hasSize(1);
        assertThat(one.terminate(PATIENCE)).isZero();
        assertThat(two.terminate(PATIENCE)).isZero();
        assertThat(bakery.processes()).isEmpty();
        assertThat(Files.readString(one.outputFile())).doesNotContain("a secret of the build");
    }

    @Test
    void whatAKilledWorkerLeftIsEndedAndDeletedByTheNextAndTheJobIsBaked() throws Exception {
        JavaProcess killed = worker("");
        UUID job = facade.submit(JOB);
        await().atMost(PATIENCE).until(() -> bakery.marks().size() == 1);
        String half = bakery.bakes().get(0);
        List<Path> runs = bakery.runs();
        assertThat(runs).hasSize(1);
        killed.kill();
        assertThat(bakery.processes()).as("Packer goes on without its worker").isNotEmpty();
        List<String> left = bakery.processes();

        worker("");
        await().atMost(PATIENCE).until(() -> bakery.marks().size() == 2);
        assertThat(bakery.bakes()).hasSize(1).doesNotContain(half);
        assertThat(runs.get(0)).doesNotExist();
        assertThat(left).noneMatch(process -> Bakery.runs(Long.parseLong(process.substring(0, process.indexOf(' ')))));
        Files.createFile(directory.resolve("go"));
        JsonNode output = output(job);
        assertThat(output.get("reused").asBoolean()).isFalse();
        assertThat(output.get("files")).hasSize(1);
        assertThat(bakery.processes()).isEmpty();
    }

    @Test
    void aCancelledJobLeavesNothing() throws Exception {
        JavaProcess worker = worker("");
        UUID job = facade.submit(JOB);
        await().atMost(PATIENCE).until(() -> bakery.marks().size() == 1);
        facade.cancel(job);
        worker.awaitOutput(Pattern.compile("its outcome is dropped: the job is cancelled"), PATIENCE);
        assertThat(bakery.processes()).isEmpty();
        assertThat(bakery.bakes()).isEmpty();
        assertThat(bakery.runs()).isEmpty();
        assertThat(facade.outcome(job)).isEmpty();
    }

    @Test
    void aWorkerThatStopsGivesItsJobBackAndLeavesNothing() throws Exception {
        JavaProcess stopped = worker("drainGrace: PT0S\n");
        UUID job = facade.submit(JOB);
        await().atMost(PATIENCE).until(() -> bakery.marks().size() == 1);
        assertThat(stopped.terminate(PATIENCE)).isZero();
        assertThat(bakery.processes()).isEmpty();
        assertThat(bakery.bakes()).isEmpty();
        assertThat(bakery.runs()).isEmpty();
        Files.createFile(directory.resolve("go"));
        worker("");
        assertThat(output(job).get("reused").asBoolean()).isFalse();
    }

    @Test
    void directoriesThatCannotBeUsedAreToldAsAConfigurationError() throws Exception {
        Files.writeString(directory.resolve("artifacts"), "a file");
        Path file = Files.writeString(
                directory.resolve("worker.yml"),
                "handler:\n" + bakery.config("").indent(2));
        JavaProcess process = JavaProcess.of(PackerWorker.class)
                .classPath("target/app/*")
                .arguments(file.toString())
                .start();
        opened.add(process);
        process.awaitOutput(
                Pattern.compile("artifactDirectory, cacheDirectory or runDirectory cannot be used"), PATIENCE);
        await().atMost(PATIENCE).until(() -> !process.isAlive());
        assertThat(process.terminate(PATIENCE)).isEqualTo(78);
    }
}
