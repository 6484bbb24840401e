package io.plainsail.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.plainsail.client.FaultyProxy.Fault;
import io.plainsail.client.PlainsailException.Kind;
import io.plainsail.standalone.Standalone;
import io.plainsail.worker.testing.ScriptWorker;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Answers that are lost, broken off, late, or say: not now. */
@Timeout(120)
class FaultsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String BUSY = "503 Service Unavailable\r\nRetry-After: 7";

    @TempDir
    static Path data;

    private static Standalone standalone;

    private final RecordingPace pace = new RecordingPace();
    private final String label = UUID.randomUUID().toString();
    private FaultyProxy proxy;
    private Plainsail plainsail;

    @BeforeAll
    static void startFacade() throws Exception {
        standalone = Standalone.startWithoutKeys(0, data, "WARN");
        standalone.awaitReady();
    }

    @AfterAll
    static void stopFacade() {
        standalone.close();
    }

    @BeforeEach
    void start() throws Exception {
        proxy = new FaultyProxy(standalone.uri());
        plainsail = Plainsail.connect(proxy.uri()).pace(pace).build();
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    private JobRequest script(Object input) {
        return JobRequest.of("test.script", input).label("test", label);
    }

    /** What the facade itself has of this test's jobs. */
    private List<UUID> accepted() {
        return Plainsail.connect(standalone.uri())
                .build()
                .jobs(JobFilter.all().label("test", label))
                .map(Job::id)
                .toList();
    }

    private Job direct(UUID id) {
        return Plainsail.connect(standalone.uri()).build().await(id, PATIENCE);
    }

    @Test
    void lostAnswersMakeOneJob() {
        proxy.next(Fault.loseAnswer(), Fault.loseAnswer(), Fault.cutAfter("\"id\"", 5));
        Job job = plainsail.submit(script(Map.of("text", "once")));
        assertThat(accepted()).containsExactly(job.id());
        assertThat(proxy.requests).hasSize(4);
        assertThat(proxy.requests.stream().map(request -> request.header("Idempotency-Key")))
                .allMatch(key -> !key.isEmpty())
                .containsOnly(proxy.requests.get(0).header("Idempotency-Key"));
    }

    @Test
    void lostAnswersToManyMakeEachJobOnce() {
        proxy.next(Fault.loseAnswer());
        List<JobRequest> requests = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            requests.add(script(Map.of("number", i)));
        }
        List<UUID> answered = plainsail.submitAll(requests).stream()
                .map(answer -> answer.id().orElseThrow())
                .toList();
        assertThat(accepted()).containsExactlyInAnyOrderElementsOf(answered).hasSize(200);
    }

    @Test
    void twoCallsAreTwoJobs() {
        Job one = plainsail.submit(script(Map.of("text", "same")));
        Job two = plainsail.submit(script(Map.of("text", "same")));
        assertThat(accepted()).containsExactlyInAnyOrder(one.id(), two.id());
    }

    @Test
    void whoGivesUpCanGoOnWithTheKey() {
        Fault[] all = new Fault[RetryPolicy.DEFAULT.attempts()];
        java.util.Arrays.fill(all, Fault.loseAnswer());
        proxy.next(all);
        PlainsailException lost =
                catchThrowableOfType(PlainsailException.class, () -> plainsail.submit(script(Map.of("text", "once"))));
        assertThat(lost.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(proxy.requests).hasSize(RetryPolicy.DEFAULT.attempts());
        Job job = plainsail.submit(script(Map.of("text", "once"))
                .idempotencyKey(lost.idempotencyKey().orElseThrow()));
        assertThat(accepted()).containsExactly(job.id());
    }

    @Test
    void notNowMeansAfterAsLongAsItSays() {
        proxy.next(Fault.answer(BUSY, ""), Fault.answer("429 Too Many Requests\r\nRetry-After: 3", ""));
        Job job = plainsail.submit(script(Map.of()));
        assertThat(accepted()).containsExactly(job.id());
        assertThat(pace.rests).hasSize(2);
        assertThat(pace.rests.get(0)).isBetween(Duration.ofSeconds(7), Duration.ofSeconds(8));
        assertThat(pace.rests.get(1)).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(4));
    }

    @Test
    void notNowMayBeATimeOfDay() {
        proxy.next(Fault.answer("503 Service Unavailable\r\nRetry-After: Sat, 31 Jan 2026 12:00:20 GMT", ""));
        plainsail.submit(script(Map.of()));
        assertThat(pace.rests).singleElement().satisfies(rest -> assertThat(rest)
                .isBetween(Duration.ofSeconds(20), Duration.ofSeconds(21)));
    }

    @Test
    void longerThanThePolicyAllowsIsNotWaitedFor() {
        proxy.next(Fault.answer("503 Service Unavailable\r\nRetry-After: 86400", ""));
        PlainsailException busy =
                catchThrowableOfType(PlainsailException.class, () -> plainsail.submit(script(Map.of())));
        assertThat(busy.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(busy.retryAfter()).contains(Duration.ofDays(1));
        assertThat(pace.rests).isEmpty();
        assertThat(accepted()).isEmpty();
    }

    @Test
    void restsGrowAndAreBoundedInNumber() {
        Fault[] all = new Fault[RetryPolicy.DEFAULT.attempts()];
        java.util.Arrays.fill(all, Fault.answer("503 Service Unavailable", "not JSON"));
        proxy.next(all);
        PlainsailException busy =
                catchThrowableOfType(PlainsailException.class, () -> plainsail.submit(script(Map.of())));
        assertThat(busy.status()).isEqualTo(503);
        assertThat(pace.rests)
                .containsExactly(
                        Duration.ofMillis(200),
                        Duration.ofMillis(400),
                        Duration.ofMillis(800),
                        Duration.ofMillis(1600),
                        Duration.ofMillis(3200));
    }

    @Test
    void aRequestStillUnderWayIsAskedForAgain() {
        proxy.next(Fault.answer(
                "409 Conflict\r\nContent-Type: application/problem+json",
                "{\"type\":\"urn:plainsail:problem:key-in-progress\",\"title\":\"The same request is under way\"}"));
        Job job = plainsail.submit(script(Map.of()));
        assertThat(accepted()).containsExactly(job.id());
        assertThat(proxy.requests).hasSize(2);
    }

    @Test
    void otherConflictsAreAnswers() {
        Job job = direct(plainsail.submit(script(Map.of())).id());
        int before = proxy.requests.size();
        PlainsailException ended = catchThrowableOfType(PlainsailException.class, () -> plainsail.cancel(job.id()));
        assertThat(ended.status()).isEqualTo(409);
        assertThat(ended.type()).isEqualTo("urn:plainsail:problem:already-ended");
        assertThat(proxy.requests).hasSize(before + 1);
    }

    @Test
    void whatCouldHappenTwiceIsNotSentAgain() {
        Job dead = direct(plainsail.submit(script(Map.of("fail", "it does"))).id());
        proxy.next(Fault.loseAnswer());
        int before = proxy.requests.size();
        PlainsailException lost = catchThrowableOfType(
                PlainsailException.class, () -> plainsail.replay(dead.id(), Map.of("text", "edited")));
        assertThat(lost.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(proxy.requests).hasSize(before + 1);
        // Without an edited input it is the same new job whenever it is asked for.
        proxy.next(Fault.loseAnswer());
        Job replay = plainsail.replay(dead.id());
        assertThat(accepted()).containsExactlyInAnyOrder(dead.id(), replay.id());
    }

    @Test
    void nobodyListensAndThenSomebodyDoes() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        PlainsailException nobody = catchThrowableOfType(
                PlainsailException.class, () -> Plainsail.connect(URI.create("http://127.0.0.1:" + port))
                        .pace(pace)
                        .build()
                        .jobTypes());
        assertThat(nobody.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(nobody.status()).isZero();
        assertThat(pace.rests).hasSize(RetryPolicy.DEFAULT.attempts() - 1);
    }

    @Test
    void redirectsAreNotFollowedAndTheKeyStaysHere() {
        Plainsail keyed = Plainsail.connect(proxy.uri()).apiKey("psk_secret").build();
        proxy.next(Fault.answer("307 Temporary Redirect\r\nLocation: " + standalone.uri() + "/v1/job-types", ""));
        PlainsailException moved = catchThrowableOfType(PlainsailException.class, keyed::jobTypes);
        assertThat(moved.kind()).isEqualTo(Kind.NOT_UNDERSTOOD);
        assertThat(moved).hasMessageContaining("redirect");
        assertThat(proxy.requests.get(0).header("Authorization")).isEqualTo("Bearer psk_secret");
    }

    @Test
    void theKeyIsAskedForAnewEachTimeARequestIsSent() {
        List<String> given = new ArrayList<>();
        Plainsail keyed = Plainsail.connect(proxy.uri())
                .pace(pace)
                .apiKey(() -> {
                    given.add("psk_" + given.size());
                    return given.get(given.size() - 1);
                })
                .build();
        UUID id = UUID.randomUUID();
        proxy.next(
                Fault.dropRequest(),
                Fault.answer(
                        "202 Accepted",
                        "{\"id\":\"" + id
                                + "\",\"type\":\"a.b\",\"state\":\"queued\",\"acceptedAt\":\"2026-01-01T00:00:00Z\"}"));
        assertThat(keyed.submit(script(Map.of())).id()).isEqualTo(id);
        assertThat(proxy.requests.stream().map(request -> request.header("Authorization")))
                .containsExactly("Bearer psk_0", "Bearer psk_1");
    }

    @Test
    void theNextPageIsOfTheSameFacade() {
        proxy.next(Fault.answer(
                "200 OK\r\nContent-Type: application/json", "{\"jobs\":[],\"next\":\"//elsewhere.example/v1/jobs\"}"));
        PlainsailException elsewhere = catchThrowableOfType(
                PlainsailException.class, () -> plainsail.jobs(JobFilter.all()).toList());
        assertThat(elsewhere.kind()).isEqualTo(Kind.NOT_UNDERSTOOD);
    }

    @Test
    void whatIsNoFacadeIsSaidToBeNone() {
        proxy.next(
                Fault.answer("200 OK\r\nContent-Type: text/html", "<html>hotel wifi</html>"),
                Fault.answer("200 OK", "{\"id\":\"no-uuid\",\"type\":\"a.b\",\"state\":\"queued\"}"),
                Fault.answer("202 Accepted", "\"text\""));
        for (int i = 0; i < 3; i++) {
            PlainsailException strange =
                    catchThrowableOfType(PlainsailException.class, () -> plainsail.job(UUID.randomUUID()));
            assertThat(strange.kind()).isEqualTo(Kind.NOT_UNDERSTOOD);
        }
    }

    // Events ---------------------------------------------------------------------------------------------------

    @Test
    void aStreamCutInTheMiddleOfAnEventHasNoGapAndNoRepetition() {
        Job job = direct(plainsail.submit(script(Map.of("lines", 50))).id());
        proxy.next(
                Fault.cutAfter("line 9", 1),
                Fault.cutAfter("data: ", 3),
                Fault.dropRequest(),
                Fault.answer(BUSY, ""),
                Fault.cutAfter("line 30\"", 0),
                Fault.cutAfter("event: job\n", 20));
        List<String> lines = new ArrayList<>();
        List<JobState> states = new ArrayList<>();
        plainsail.events(job.id()).forEachRemaining(event -> {
            if (event instanceof JobEvent.Logged logged) {
                lines.add(logged.line().line());
            } else if (event instanceof JobEvent.Changed changed) {
                states.add(changed.job().state());
            }
        });
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            expected.add("line " + i);
        }
        assertThat(lines).isEqualTo(expected);
        assertThat(states).containsExactly(JobState.SUCCEEDED);
        assertThat(proxy.requests.stream().filter(request -> request.line().contains("/events")))
                .hasSize(7);
    }

    @Test
    void aStreamThatSaysNothingMoreIsMadeAgain() {
        Job job = direct(plainsail.submit(script(Map.of("lines", 5))).id());
        Plainsail impatient = Plainsail.connect(proxy.uri())
                .pace(pace)
                .longestSilence(Duration.ofSeconds(1))
                .build();
        proxy.next(Fault.silenceAfter("line 2", 1));
        List<JobEvent> events = new ArrayList<>();
        impatient.events(job.id()).forEachRemaining(events::add);
        assertThat(events.stream().filter(event -> event instanceof JobEvent.Logged))
                .hasSize(5);
    }

    @Test
    void aStreamThatNeverBringsAnythingIsGivenUp() {
        Job job = plainsail.submit(script(Map.of("gate", label)));
        Fault[] all = new Fault[RetryPolicy.DEFAULT.attempts()];
        java.util.Arrays.fill(all, Fault.cutAfter("retry: ", 5));
        proxy.next(all);
        PlainsailException broken = catchThrowableOfType(
                PlainsailException.class, () -> plainsail.events(job.id()).next());
        assertThat(broken.kind()).isEqualTo(Kind.UNREACHABLE);
        ScriptWorker.open(label);
    }

    /** A job each of whose changes waits for a word, so that none falls together with the next. */
    @Test
    void aStreamOfChangesThatIsCutHasNoGapAndNoRepetition() {
        proxy.next(
                Fault.cutAfter("retry: ", 5), // Before it said where it begins.
                Fault.cutAfter("\"id\":", 10), // In the middle of the first change.
                Fault.cutAfter("\n\nid: ", 4),
                Fault.dropRequest(),
                Fault.answer(BUSY, ""),
                Fault.cutAfter("\"succeeded\"", 0));
        List<String> seen = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        try (JobChanges changes = plainsail
                .changes(JobFilter.all().label("feed", label).state(JobState.SUCCEEDED))
                .within(Duration.ofSeconds(60))) {
            for (int i = 0; i < 4; i++) {
                Job job = direct(
                        plainsail.submit(script(Map.of()).label("feed", label)).id());
                expected.add(job.id().toString());
                seen.add(changes.next().job().id().toString());
            }
            assertThat(seen).isEqualTo(expected);

            // And whoever was away goes on from there.
            String position = changes.position();
            Job later = direct(
                    plainsail.submit(script(Map.of()).label("feed", label)).id());
            try (JobChanges rest = plainsail.changes(JobFilter.all().label("feed", label), position)) {
                JobEvent.Changed next = rest.within(Duration.ofSeconds(60)).next();
                assertThat(next.job().id()).isEqualTo(later.id());
                assertThat(next.job().ended()).isTrue();
            }
        }
    }

    @Test
    void aStreamOfChangesRefusesWhatTheFacadeRefuses() {
        PlainsailException refused =
                catchThrowableOfType(PlainsailException.class, () -> plainsail.changes(JobFilter.all(), "nonsense"));
        assertThat(refused.kind()).isEqualTo(Kind.REFUSED);
        assertThat(refused.findings()).anyMatch(finding -> finding.pointer().equals("Last-Event-ID"));
        PlainsailException late = catchThrowableOfType(PlainsailException.class, () -> {
            try (JobChanges changes = plainsail.changes(JobFilter.all().label("feed", label))) {
                changes.within(Duration.ofMillis(300)).next();
            }
        });
        assertThat(late.kind()).isEqualTo(Kind.TIMED_OUT);
    }

    // Waiting --------------------------------------------------------------------------------------------------

    @Test
    void waitingGoesOnThroughWhatFails() {
        String gate = label;
        Job job = plainsail.submit(script(Map.of("gate", gate)));
        proxy.next(Fault.dropRequest(), Fault.answer(BUSY, ""), (served, request, caller) -> {
            ScriptWorker.open(gate);
            Fault.answer("502 Bad Gateway", "").serve(served, request, caller);
        });
        assertThat(plainsail.await(job.id(), Duration.ofDays(1)).succeeded()).isTrue();
    }

    @Test
    void whoIsAnsweredTooSoonRestsBeforeAskingAgain() {
        String early = "{\"id\":\"" + UUID.randomUUID()
                + "\",\"type\":\"a.b\",\"version\":1,\"state\":\"running\",\"acceptedAt\":\"2026-01-01T00:00:00Z\"}";
        for (int i = 0; i < 1_000; i++) {
            proxy.next(Fault.answer("200 OK", early));
        }
        PlainsailException late = catchThrowableOfType(
                PlainsailException.class, () -> plainsail.await(UUID.randomUUID(), Duration.ofMinutes(5)));
        assertThat(late.kind()).isEqualTo(Kind.TIMED_OUT);
        assertThat(proxy.requests).hasSizeLessThan(60);
        assertThat(pace.rests).allMatch(rest -> rest.compareTo(Duration.ZERO) > 0);
    }

    // Results --------------------------------------------------------------------------------------------------

    @Test
    void aResultThatBreaksOffOrIsNotWhatItSaysIsFetchedAgain(@TempDir Path directory) {
        Job job = direct(plainsail.submit(script(Map.of("file", 100_000))).id());
        proxy.next(
                Fault.cutAfter("\r\n\r\n", 50_000),
                Fault.answer(
                        "200 OK\r\nContent-Type: application/x-test\r\n"
                                + "Repr-Digest: sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:",
                        "short"));
        Path target = directory.resolve("result");
        assertThat(plainsail.result(job.id(), target).bytes()).isEqualTo(100_000);
        assertThat(target).hasBinaryContent(ScriptWorker.bytes(100_000));
    }

    @Test
    void aResultThatNeverComesWholeLeavesNothingBehind(@TempDir Path directory) {
        Job job = direct(plainsail.submit(script(Map.of("file", 100_000))).id());
        Fault[] all = new Fault[RetryPolicy.DEFAULT.attempts()];
        java.util.Arrays.fill(all, Fault.cutAfter("\r\n\r\n", 50_000));
        proxy.next(all);
        PlainsailException broken = catchThrowableOfType(
                PlainsailException.class, () -> plainsail.result(job.id(), directory.resolve("result")));
        assertThat(broken.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(directory).isEmptyDirectory();
    }
}
