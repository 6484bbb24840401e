package io.plainsail.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.chaos.check.Checks;
import io.plainsail.chaos.check.Evidence;
import io.plainsail.chaos.check.OrphanTimes;
import io.plainsail.chaos.check.Report;
import io.plainsail.chaos.check.Run;
import io.plainsail.chaos.fault.Fault;
import io.plainsail.chaos.fault.Injection;
import io.plainsail.chaos.fault.Injector.Death;
import io.plainsail.chaos.load.Leftovers.Leftover;
import io.plainsail.chaos.load.Request;
import io.plainsail.chaos.load.Request.Answer;
import io.plainsail.chaos.load.Request.Fate;
import io.plainsail.chaos.load.Watch.Seen;
import io.plainsail.chaos.subject.JobProcess;
import io.plainsail.contracts.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checks find what they are for: each test makes one thing wrong in a history that is right. */
class ChecksTest {
    private static final long BEGUN = 1_000_000;

    private final List<Request> requests = new ArrayList<>();
    private final List<Run> runs = new ArrayList<>();
    private final Map<String, JsonNode> jobs = new HashMap<>();
    private final Map<String, Seen> ended = new HashMap<>();
    private final Set<String> changed = new HashSet<>();
    private final List<Injection> injections = new ArrayList<>();
    private final List<Death> deaths = new ArrayList<>();
    private final List<Leftover> leftovers = new ArrayList<>();
    private int drainSeconds = 12;
    private int leftInBroker;
    private int leftInOutbox;

    ChecksTest() {
        for (int number = 0; number < 10; number++) {
            job(number, number % 2 == 0 ? "chaos.work" : "chaos.ship", Answer.ACCEPTED, "succeeded");
        }
    }

    private void job(int number, String type, Answer answer, String state) {
        String id = "job-" + number;
        long sentAt = BEGUN + number * 100L;
        requests.add(new Request(
                number, type, Fate.SUCCESS, 1, sentAt, sentAt + 5, answer, answer == Answer.ACCEPTED ? id : null));
        jobs.put(id, view(number, state));
        ended.put(id, new Seen(view(number, state), sentAt + 5_000));
        runs.add(new Run(id, 1, 77, sentAt + 10, sentAt + 20));
    }

    private static ObjectNode view(int number, String state) {
        ObjectNode job = JsonNodeFactory.instance.objectNode().put("state", state);
        job.put("finishedAt", Instant.ofEpochMilli(BEGUN + 5_000).toString());
        job.putObject("labels").put("n", Integer.toString(number));
        job.putArray("attempts").addObject().put("instance", "host-77-ab");
        return job;
    }

    private Checks.Result check() {
        return Checks.of(new Evidence(
                requests,
                runs,
                jobs,
                ended,
                changed,
                injections,
                deaths,
                leftovers,
                30_000,
                BEGUN,
                BEGUN + 60_000,
                drainSeconds,
                leftInBroker,
                leftInOutbox));
    }

    private void violated(String beginning) {
        assertThat(check().violations()).isNotEmpty().allSatisfy(violation -> assertThat(violation)
                .startsWith(beginning));
    }

    @Test
    void aHistoryThatIsRightHasNoViolation() {
        Checks.Result result = check();
        assertThat(result.violations()).isEmpty();
        assertThat(result.accepted()).isEqualTo(10);
        assertThat(result.succeeded()).isEqualTo(10);
        assertThat(result.lost() + result.unexpected() + result.doubleOutcomes() + result.reruns())
                .isZero();
        String line = Report.json(3, "h2", 60, result, injections, OrphanTimes.of(runs, deaths), drainSeconds);
        JsonNode json = StrictJson.read(line.getBytes(StandardCharsets.UTF_8));
        assertThat(json.fieldNames())
                .toIterable()
                .containsExactly(
                        "seed",
                        "store",
                        "seconds",
                        "offered",
                        "accepted",
                        "succeeded",
                        "failed",
                        "cancelled",
                        "lost",
                        "unexpected",
                        "doubleOutcomes",
                        "reruns",
                        "faults",
                        "orphanMillis",
                        "unseenOrphanMillis",
                        "drainSeconds",
                        "violations");
    }

    @Test
    void anAcceptedJobThatIsNotThereIsLost() {
        jobs.remove("job-3");
        ended.remove("job-3");
        violated("lost: job job-3");
        assertThat(check().lost()).isEqualTo(1);
    }

    @Test
    void anAcceptedJobThatHasNotEndedIsLost() {
        jobs.put("job-3", view(3, "queued"));
        ended.remove("job-3");
        violated("lost: job job-3 of request 3 is queued");
    }

    @Test
    void aJobThatNobodySentIsUnexpected() {
        jobs.put("job-x", view(99, "succeeded"));
        violated("unexpected: job job-x: nobody sent it");
    }

    @Test
    void aSecondJobOfOneRequestIsUnexpected() {
        jobs.put("job-x", view(3, "succeeded"));
        runs.add(new Run("job-x", 1, 77, BEGUN + 310, BEGUN + 320L));
        violated("unexpected: job");
        assertThat(check().unexpected()).isEqualTo(1);
    }

    @Test
    void aRefusedJobIsUnexpectedAndAnUnknownOneIsNot() {
        job(20, "chaos.work", Answer.UNKNOWN, "succeeded");
        assertThat(check().violations()).isEmpty();
        job(21, "chaos.work", Answer.REFUSED, "succeeded");
        violated("unexpected: job job-21: it was refused");
    }

    @Test
    void anInnocentThatFailedIsUnexpected() {
        jobs.put("job-3", view(3, "failed"));
        violated("unexpected: job job-3: it is failed");
    }

    @Test
    void anOutcomeThatChangedIsADoubleOne() {
        changed.add("job-3");
        violated("double outcome: the outcome of job job-3");
        assertThat(check().doubleOutcomes()).isEqualTo(1);
    }

    @Test
    void aRunAfterTheOutcomeIsADoubleOneUnlessNobodyCouldBeAsked() {
        // Work may run while the facade is away, what is irreversible never.
        injections.add(new Injection(Fault.FACADE_KILL, 1_000, 2_000, 0));
        runs.add(new Run("job-2", 2, 78, BEGUN + 8_000, BEGUN + 8_005));
        assertThat(check().violations()).isEmpty();
        runs.add(new Run("job-3", 2, 78, BEGUN + 8_000, BEGUN + 8_005));
        violated("run after a recorded outcome: job job-3");
        injections.set(0, new Injection(Fault.WORKER_KILL, 1_000, 2_000, 0));
        assertThat(check().doubleOutcomes()).isEqualTo(2);
    }

    @Test
    void theOutcomeOfAnAttemptThatWasFollowedIsAStaleOne() {
        injections.add(new Injection(Fault.WORKER_FREEZE, 1_000, 2_000, 0));
        runs.add(new Run("job-2", 2, 78, BEGUN + 1_000, null));
        violated("stale outcome: job job-2");
        assertThat(check().doubleOutcomes()).isEqualTo(1);
        runs.add(new Run("job-2", 3, 77, BEGUN + 1_100, BEGUN + 1_105));
        assertThat(check().doubleOutcomes()).isZero();
    }

    @Test
    void aRerunNeedsAFaultThatTouchedTheJob() {
        runs.add(new Run("job-2", 2, 77, BEGUN + 1_000, BEGUN + 1_005));
        violated("rerun without need: job job-2");
        assertThat(check().reruns()).isEqualTo(1);
        injections.add(new Injection(Fault.WORKER_KILL, 4_000, 4_000, 0));
        assertThat(check().violations()).isEmpty();
        injections.set(0, new Injection(Fault.WORKER_KILL, 40_000, 4_000, 0));
        violated("rerun without need: job job-2");
    }

    @Test
    void whatEndsAWorkerTouchesOnlyWhatItRan() {
        runs.add(new Run("job-2", 2, 77, BEGUN + 41_000, BEGUN + 41_005));
        ended.put("job-2", new Seen(view(2, "succeeded"), BEGUN + 50_000));
        injections.add(new Injection(Fault.WORKER_KILL, 10_000, 20_000, 0));
        violated("rerun without need: job job-2");
        injections.set(0, new Injection(Fault.BROKER_KILL, 10_000, 20_000, 0));
        assertThat(check().violations()).isEmpty();
    }

    @Test
    void poisonMayTakeAnInnocentWithItTwice() {
        injections.add(new Injection(Fault.POISON, 1_000, 0, 0));
        for (int attempt = 2; attempt <= 3; attempt++) {
            runs.add(new Run("job-2", attempt, 77, BEGUN + attempt * 1_000, BEGUN + attempt * 1_000L));
        }
        assertThat(check().violations()).isEmpty();
        runs.add(new Run("job-2", 4, 77, BEGUN + 4_000, BEGUN + 4_000L));
        violated("rerun without need: job job-2");
    }

    @Test
    void aProcessThatOutlivesItsJobIsTold() {
        long end = ended.get("job-3").at();
        JobProcess process = new JobProcess("job-3", 4711, "sleep 900");
        leftovers.add(new Leftover(process, end + 29_000));
        assertThat(check().violations()).isEmpty();
        leftovers.add(new Leftover(process, end + 31_000));
        violated("process left: 4711 (sleep 900) of job job-3");
        // Its worker stood still until a moment ago.
        injections.add(new Injection(Fault.WORKER_FREEZE_LONG, 1_000, 30_000, 0));
        assertThat(check().violations()).isEmpty();
        leftovers.add(new Leftover(process, BEGUN + 62_000));
        leftovers.add(new Leftover(process, BEGUN + 67_000));
        assertThat(check().violations()).hasSize(1);
    }

    @Test
    void aJobThatIsCancelledMayBeBegunUntilItsWorkerHearsOfIt() {
        requests.add(new Request(30, "exec.run", Fate.FORCED, 1, BEGUN, BEGUN + 5, Answer.ACCEPTED, "job-30"));
        jobs.put("job-30", view(30, "cancelled"));
        ended.put("job-30", new Seen(view(30, "cancelled"), BEGUN + 5_000));
        runs.add(new Run("job-30", 1, 77, BEGUN + 9_000, null));
        assertThat(check().violations()).isEmpty();
        assertThat(check().cancelled()).isEqualTo(1);
        runs.set(runs.size() - 1, new Run("job-30", 1, 77, BEGUN + 11_000, null));
        violated("run after a recorded outcome: job job-30");
    }

    @Test
    void orphanTimesAreOfJobsThatWereUnderWay() {
        deaths.add(new Death(77, BEGUN + 1_000, true));
        deaths.add(new Death(78, BEGUN + 1_000, false));
        List<Run> all = List.of(
                new Run("killed", 1, 77, BEGUN, null),
                new Run("killed", 2, 79, BEGUN + 4_000, BEGUN + 5_000L),
                new Run("done before", 1, 77, BEGUN, BEGUN + 900L),
                new Run("later", 1, 77, BEGUN + 1_100, null),
                new Run("frozen", 1, 78, BEGUN, BEGUN + 40_000L),
                new Run("frozen", 2, 79, BEGUN + 31_000, BEGUN + 32_000L),
                new Run("outlived", 1, 78, BEGUN, BEGUN + 9_000L),
                new Run("outlived", 2, 79, BEGUN + 31_000, BEGUN + 32_000L));
        assertThat(OrphanTimes.of(all, deaths)).isEqualTo(new OrphanTimes(List.of(3_000L), List.of(30_000L)));
    }

    @Test
    void whatIsLeftIsTold() {
        leftInBroker = 1;
        violated("left in the broker");
        leftInBroker = 0;
        leftInOutbox = -1;
        violated("left in the outbox");
    }

    @Test
    void slowDrainingIsTold() {
        drainSeconds = 181;
        violated("not drained");
        drainSeconds = -1;
        violated("not drained");
    }

    @Test
    void standingStillAfterHealingIsTold() {
        for (int number = 0; number < 10; number++) {
            String id = "job-" + number;
            ObjectNode job = view(number, "succeeded");
            job.put("finishedAt", Instant.ofEpochMilli(BEGUN + 95_000).toString());
            ended.put(id, new Seen(job, BEGUN + 100_000));
        }
        violated("only 0 jobs ended within 30 s");
    }

    @Test
    void whatEndedBeforeHealingAndWasSeenLaterDoesNotCount() {
        for (int number = 0; number < 10; number++) {
            String id = "job-" + number;
            ObjectNode job = view(number, "succeeded");
            int seconds = number < 5 ? 59 : 95;
            job.put("finishedAt", Instant.ofEpochMilli(BEGUN + seconds * 1_000L).toString());
            ended.put(id, new Seen(job, BEGUN + (number < 5 ? 61_000 : 100_000)));
        }
        violated("only 0 jobs ended within 30 s of healing, 5 did later");
    }

    @Test
    void runsAreReadAsTheyWereWrittenDown(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("runs"), """
                start a 1 10 100
                start b 1 10 101
                end a 1 10 110
                start b 2 11 200
                end b 2 11 210
                """);
        assertThat(Run.read(file))
                .containsExactly(
                        new Run("a", 1, 10, 100, 110L), new Run("b", 1, 10, 101, null), new Run("b", 2, 11, 200, 210L));
        assertThat(Run.read(directory.resolve("none"))).isEmpty();
    }

    @Test
    void aSuccessThatNoRunCameToIsUnexpected() {
        Run run = runs.remove(4);
        violated("unexpected: job job-4: it is succeeded, and no run");
        runs.add(new Run(run.job(), run.attempt(), run.process(), run.startedAt(), null));
        violated("unexpected: job job-4: it is succeeded, and no run");
    }
}
