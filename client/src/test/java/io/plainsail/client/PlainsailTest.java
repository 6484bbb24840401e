package io.plainsail.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.client.PlainsailException.Kind;
import io.plainsail.standalone.Standalone;
import io.plainsail.worker.testing.ScriptWorker;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client with a real facade and a real worker. */
@Timeout(120)
class PlainsailTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    static Path data;

    private static Standalone standalone;
    private static Plainsail plainsail;

    @BeforeAll
    static void start() throws Exception {
        standalone = Standalone.startWithoutKeys(0, data, "WARN");
        standalone.awaitReady();
        plainsail = Plainsail.connect(standalone.uri()).build();
    }

    @AfterAll
    static void stop() {
        standalone.close();
    }

    private static JobRequest script(Object input) {
        return JobRequest.of("test.script", input);
    }

    private static String unique() {
        return UUID.randomUUID().toString();
    }

    private record Greeting(String text, int number) {}

    @Test
    void anObjectGoesInAndComesOut() {
        Job job = plainsail.submitAndAwait(script(new Greeting("hello", 7)).label("test", "object"), PATIENCE);
        assertThat(job.succeeded()).isTrue();
        assertThat(plainsail.output(job, Greeting.class)).isEqualTo(new Greeting("hello", 7));
        assertThat(job.labels()).containsExactly(Map.entry("test", "object"));
        assertThat(job.attempts()).singleElement().satisfies(attempt -> assertThat(attempt.service())
                .isEqualTo("script"));
        assertThat(plainsail.job(job.id()).finishedAt()).isEqualTo(job.finishedAt());
    }

    @Test
    void allThatARequestMayHaveArrives() {
        Job job = plainsail.submit(script(Map.of("gate", unique()))
                .version(1)
                .label("one", "1")
                .label("two", "2")
                .timeout(Duration.ofSeconds(30))
                .retry(1, Duration.ZERO)
                .startWithin(Duration.ofHours(1))
                .endWithin(Duration.ofHours(2))
                .callback("http://127.0.0.1:9/nobody"));
        JsonNode shown = plainsail.job(job.id()).json();
        assertThat(shown.at("/labels/two").asText()).isEqualTo("2");
        assertThat(shown.at("/labels/one").asText()).isEqualTo("1");
        assertThat(shown.get("timeout").asText()).isEqualTo("PT30S");
        assertThat(shown.at("/retry/attempts").asInt()).isEqualTo(1);
        assertThat(shown.has("startBy")).isTrue();
        assertThat(shown.has("endBy")).isTrue();
        plainsail.cancel(job.id());
    }

    @Test
    void aRefusalNamesWhatIsWrongAndIsNotSentAgain() {
        PlainsailException refused = catchThrowableOfType(
                PlainsailException.class, () -> plainsail.submit(script(Map.of("number", "seven"))));
        assertThat(refused.kind()).isEqualTo(Kind.REFUSED);
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.type()).isEqualTo("urn:plainsail:problem:invalid-job");
        assertThat(refused.findings()).singleElement().satisfies(finding -> assertThat(finding.pointer())
                .isEqualTo("/input/number"));
        assertThat(refused).hasMessageContaining("/input/number");
    }

    @Test
    void theSameKeyIsTheSameJobAndAnotherBodyUnderItIsRefused() {
        String key = unique();
        Job first = plainsail.submit(script(Map.of("text", "a")).idempotencyKey(key));
        assertThat(plainsail
                        .submit(script(Map.of("text", "a")).idempotencyKey(key))
                        .id())
                .isEqualTo(first.id());
        PlainsailException refused = catchThrowableOfType(
                PlainsailException.class,
                () -> plainsail.submit(script(Map.of("text", "b")).idempotencyKey(key)));
        assertThat(refused.type()).isEqualTo("urn:plainsail:problem:key-reused");
        assertThat(refused.idempotencyKey()).contains(key);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plainsail.submit(script(Map.of()).idempotencyKey("two words")))
                .withMessageContaining("visible ASCII");
    }

    @Test
    void ofManyEachIsAnsweredForItself() {
        String label = unique();
        List<JobRequest> requests = new ArrayList<>();
        for (int i = 0; i < Plainsail.MAX_BULK; i++) {
            requests.add(script(Map.of("number", i % 10 == 3 ? "no number" : i)).label("bulk", label));
        }
        List<BulkAnswer> answers = plainsail.submitAll(requests);
        assertThat(answers).hasSize(10_000);
        for (BulkAnswer answer : answers) {
            assertThat(answer.accepted()).isEqualTo(answer.index() % 10 != 3);
            assertThat(answer.status()).isEqualTo(answer.accepted() ? 202 : 422);
            assertThat(answer.findings()).hasSize(answer.accepted() ? 0 : 1);
        }
        // Page by page, each once.
        List<UUID> listed = plainsail
                .jobs(JobFilter.all().label("bulk", label).limit(150))
                .map(Job::id)
                .toList();
        assertThat(listed).hasSize(9_000).doesNotHaveDuplicates();
        assertThat(new HashSet<>(listed))
                .isEqualTo(new HashSet<>(answers.stream()
                        .filter(BulkAnswer::accepted)
                        .map(answer -> answer.id().orElseThrow())
                        .toList()));
    }

    @Test
    void manyThreadsShareAClient() throws Exception {
        String label = unique();
        Set<UUID> ids = ConcurrentHashMap.newKeySet();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 25; i++) {
                    ids.add(plainsail
                            .submitAndAwait(script(Map.of()).label("threads", label), PATIENCE)
                            .id());
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join(PATIENCE.toMillis());
        }
        assertThat(plainsail.jobs(JobFilter.all().label("threads", label)).map(Job::id))
                .hasSize(200)
                .containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    void operatorsSeeTheFleet() {
        plainsail.submitAndAwait(script(Map.of()), PATIENCE);
        Operations operations = plainsail.operations();
        assertThat(operations
                        .counts(JobFilter.all().type("test.script"))
                        .path("total")
                        .asLong())
                .isPositive();
        assertThat(operations.queues().isObject()).isTrue();
        assertThat(operations.receipt(JobFilter.all()).path("balances").asBoolean())
                .isTrue();
        assertThat(operations
                        .releases(JobFilter.all().type("test.script"))
                        .path("releases")
                        .isArray())
                .isTrue();
        org.awaitility.Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> operations.workers().toString().contains("script"));
    }

    @Test
    void aBulkHasItsBounds() {
        assertThatIllegalArgumentException().isThrownBy(() -> plainsail.submitAll(List.of()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plainsail.submitAll(List.of(script(Map.of()).idempotencyKey("own"))))
                .withMessageContaining("own");
    }

    @Test
    void eventsTellTheWholeJobAndGoOnAfterAnyOfThem() {
        String gate = unique();
        Job job = plainsail.submit(script(Map.of("lines", 700, "percent", 40, "gate", gate)));
        List<JobEvent> all = new ArrayList<>();
        try (JobEvents events = plainsail.events(job.id())) {
            while (events.hasNext()) {
                JobEvent event = events.next();
                all.add(event);
                if (event instanceof JobEvent.Changed changed && changed.job().progress() != null) {
                    assertThat(changed.job().progress().percent()).isEqualTo(40);
                    ScriptWorker.open(gate);
                }
            }
        }
        assertThat(lines(all)).hasSize(700).startsWith("line 0", "line 1").endsWith("line 699");
        assertThat(all.get(all.size() - 1)).isInstanceOfSatisfying(JobEvent.Changed.class, last -> assertThat(
                        last.job().succeeded())
                .isTrue());

        JobEvent in = all.get(300);
        List<JobEvent> rest = new ArrayList<>();
        plainsail.events(job.id(), in.id()).forEachRemaining(rest::add);
        assertThat(lines(rest)).isEqualTo(lines(all.subList(301, all.size())));
        assertThat(plainsail.events(job.id(), rest.get(rest.size() - 1).id()).hasNext())
                .isFalse();
    }

    private static List<String> lines(List<JobEvent> events) {
        return events.stream()
                .filter(event -> event instanceof JobEvent.Logged)
                .map(event -> ((JobEvent.Logged) event).line().line())
                .toList();
    }

    @Test
    void whoWaitsForEventsMaySayHowLong() {
        String gate = unique();
        Job job = plainsail.submit(script(Map.of("gate", gate)));
        try (JobEvents events = plainsail.events(job.id()).within(Duration.ofMillis(300))) {
            PlainsailException late =
                    catchThrowableOfType(PlainsailException.class, () -> events.forEachRemaining(event -> {}));
            assertThat(late.kind()).isEqualTo(Kind.TIMED_OUT);
            ScriptWorker.open(gate);
            List<JobEvent> rest = new ArrayList<>();
            events.within(PATIENCE).forEachRemaining(rest::add);
            assertThat(((JobEvent.Changed) rest.get(rest.size() - 1)).job().succeeded())
                    .isTrue();
        }
    }

    @Test
    void whoWaitsForTheEndInVainIsToldAndTheJobGoesOn() {
        String gate = unique();
        Job job = plainsail.submit(script(Map.of("gate", gate)));
        PlainsailException late =
                catchThrowableOfType(PlainsailException.class, () -> plainsail.await(job.id(), Duration.ofMillis(50)));
        assertThat(late.kind()).isEqualTo(Kind.TIMED_OUT);
        ScriptWorker.open(gate);
        assertThat(plainsail.await(job.id(), PATIENCE).succeeded()).isTrue();
    }

    @Test
    void anInterruptedThreadStaysInterrupted() throws Exception {
        Job job = plainsail.submit(script(Map.of("gate", unique())));
        List<Object> seen = new ArrayList<>();
        Thread waiting = new Thread(() -> {
            try {
                plainsail.await(job.id(), PATIENCE);
            } catch (PlainsailException e) {
                seen.add(e.kind());
                seen.add(Thread.currentThread().isInterrupted());
            }
        });
        waiting.start();
        waiting.interrupt();
        waiting.join(PATIENCE.toMillis());
        assertThat(seen).containsExactly(Kind.INTERRUPTED, true);
        plainsail.cancel(job.id());
    }

    @Test
    void aLogIsReadPageByPage() {
        Job job = plainsail.submitAndAwait(script(Map.of("lines", 1000, "log", List.of("over", "a page"))), PATIENCE);
        assertThat(plainsail.logs(job.id()).map(LogLine::line))
                .hasSize(1002)
                .startsWith("line 0")
                .endsWith("line 999", "over", "a page");
    }

    @Test
    void aResultIsAFileOrTheOutput(@TempDir Path directory) throws Exception {
        Job file = plainsail.submitAndAwait(script(Map.of("file", 3_000_000)), PATIENCE);
        Path target = directory.resolve("result.bin");
        Files.writeString(target, "what was there before");
        assertThat(plainsail.result(file.id(), target)).isEqualTo(new ResultFile("application/x-test", 3_000_000));
        assertThat(target).hasBinaryContent(ScriptWorker.bytes(3_000_000));
        assertThat(directory).isDirectoryNotContaining("glob:**.part");

        Job output = plainsail.submitAndAwait(script(Map.of("text", "Zoë")), PATIENCE);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(plainsail.result(output.id(), out).mediaType()).isEqualTo("application/json");
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("{\"text\":\"Zoë\"}");

        PlainsailException nowhere = catchThrowableOfType(
                PlainsailException.class, () -> plainsail.result(file.id(), directory.resolve("no/such/place")));
        assertThat(nowhere.kind()).isEqualTo(Kind.NOT_WRITTEN);
        PlainsailException none = catchThrowableOfType(
                PlainsailException.class, () -> plainsail.result(UUID.randomUUID(), directory.resolve("none")));
        assertThat(none.status()).isEqualTo(404);
        assertThat(directory).isDirectoryNotContaining("glob:**none*");
    }

    @Test
    void deadJobsAreFoundAndRepeated() {
        String label = unique();
        Job job = plainsail.submitAndAwait(script(Map.of("fail", "no way")).label("dead", label), PATIENCE);
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(job.error().code()).isEqualTo("told-to");
        JobFilter mine = JobFilter.all().label("dead", label);
        assertThat(plainsail.deadJobs(mine)).singleElement().satisfies(group -> {
            assertThat(group.count()).isEqualTo(1);
            assertThat(group.sample()).isEqualTo(job.id());
            assertThat(group.error().message()).isEqualTo("no way");
        });
        assertThat(plainsail.replayAll(mine, 10, true).path("matched").asInt()).isEqualTo(1);
        Job repeated = plainsail.replay(job.id(), Map.of("text", "edited"));
        assertThat(plainsail.await(repeated.id(), PATIENCE).succeeded()).isTrue();
        assertThat(plainsail.replay(job.id()).id()).isEqualTo(repeated.id());
        assertThat(plainsail.replayAll(mine, 0, false).path("matched").asInt()).isZero();
    }

    @Test
    void deadJobsAreRepeatedOnTheReleaseThatIsNamed() {
        String label = unique();
        JobRequest failing = script(Map.of("fail", "no way")).label("dead-on", label);
        Job first = plainsail.submitAndAwait(failing, PATIENCE);
        Job second = plainsail.submitAndAwait(failing, PATIENCE);
        String release = first.attempts().get(0).release();
        org.awaitility.Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> plainsail.operations().workers().toString().contains("script"));

        PlainsailException refused =
                catchThrowableOfType(PlainsailException.class, () -> plainsail.replayOn("0.0-none", first.id()));
        assertThat(refused.type()).isEqualTo("urn:plainsail:problem:release-absent");
        assertThat(refused).hasMessageContaining(release);
        Job repeated = plainsail.replayOn(release, first.id(), Map.of("text", "edited"));
        assertThat(repeated.json().path("onRelease").asText()).isEqualTo(release);
        assertThat(plainsail.await(repeated.id(), PATIENCE).succeeded()).isTrue();
        assertThat(plainsail.replayOn(release, first.id()).id()).isEqualTo(repeated.id());

        JobFilter mine = JobFilter.all().label("dead-on", label);
        JsonNode none = plainsail.replayAllOn("0.0-none", mine, 0, false);
        assertThat(none.path("replayed").asInt()).isZero();
        assertThat(none.path("refusedInAll").asInt()).isEqualTo(1);
        assertThat(plainsail
                        .replayAllOn(release, mine, 10, false)
                        .path("replayed")
                        .asInt())
                .isEqualTo(1);
        assertThat(plainsail.replay(second.id()).json().path("onRelease").asText())
                .isEqualTo(release);
    }

    @Test
    void jobsAreCancelledOneByOneAndByFilter() {
        String label = unique();
        Job one = plainsail.submit(script(Map.of("gate", unique())).label("cancel", label));
        Job two = plainsail.submit(script(Map.of("gate", unique())).label("cancel", label));
        assertThat(plainsail.cancel(one.id()).state()).isEqualTo(JobState.CANCELLED);
        assertThat(plainsail.cancel(one.id()).state()).isEqualTo(JobState.CANCELLED);
        JobFilter mine = JobFilter.all().label("cancel", label);
        assertThat(plainsail.cancelAll(mine, true)).isEqualTo(1);
        assertThat(plainsail.cancelAll(mine, false)).isEqualTo(1);
        assertThat(plainsail.await(two.id(), PATIENCE).state()).isEqualTo(JobState.CANCELLED);
        assertThat(plainsail.jobs(mine.state(JobState.CANCELLED))).hasSize(2);
        assertThat(plainsail.jobs(mine.state(JobState.SUCCEEDED))).isEmpty();
    }

    @Test
    void jobTypesShowTheirContracts() {
        assertThat(plainsail.jobTypes())
                .anySatisfy(type -> assertThat(type.type()).isEqualTo("test.script"))
                .anySatisfy(type -> assertThat(type.type()).isEqualTo("document.render"));
        assertThat(plainsail.contract("test.script", 1).at("/inputSchema/type").asText())
                .isEqualTo("object");
    }

    @Test
    void anAddressMustBeOne() {
        for (String wrong : List.of("localhost:8080", "ftp://a", "http:///x", "http://a?b=c", "http://u:p@a")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Plainsail.connect(URI.create(wrong)))
                    .withMessageContaining("must be http or https");
        }
    }
}
