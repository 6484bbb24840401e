package io.plainsail.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.plainsail.standalone.Standalone;
import io.plainsail.worker.testing.ScriptWorker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands with a real facade and a real worker. */
@Timeout(120)
class CommandsTest {
    @TempDir
    static Path data;

    @TempDir
    Path home;

    private static Standalone standalone;
    private Terminal terminal;

    @BeforeAll
    static void start() throws Exception {
        standalone = Standalone.startWithoutKeys(0, data, "WARN");
        standalone.awaitReady();
    }

    @AfterAll
    static void stop() {
        standalone.close();
    }

    @BeforeEach
    void terminal() {
        terminal = new Terminal(home).with(Access.URL, standalone.uri().toString());
    }

    private Terminal.Run run(String... arguments) {
        return terminal.run(arguments);
    }

    /** Runs it as JSON. */
    private JsonNode json(String... arguments) {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.add("--output=json");
        Terminal.Run run = terminal.run(all.toArray(new String[0]));
        assertThat(run.err()).isEmpty();
        return run.json();
    }

    private String submit(String... input) {
        List<String> all = new ArrayList<>(List.of("submit", "test.script"));
        all.addAll(Arrays.asList(input));
        Terminal.Run run = terminal.run(all.toArray(new String[0]));
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        return run.out().strip();
    }

    private static String unique() {
        return UUID.randomUUID().toString();
    }

    // submit ---------------------------------------------------------------------------------------------------

    @Test
    void namesAndValuesBecomeWhatTheContractWants() {
        Terminal.Run run = run(
                "submit",
                "test.script",
                "text=42",
                "number=42",
                "nested.flag=true",
                "nested.name=true",
                "log:=[\"a\"]",
                "--label",
                "who=me",
                "--wait",
                "--output",
                "json");
        assertThat(run.status()).isZero();
        assertThat(run.json().get("output").toString())
                .isEqualTo(
                        "{\"text\":\"42\",\"number\":42,\"nested\":{\"flag\":true,\"name\":\"true\"},\"log\":[\"a\"]}");
        assertThat(run.json().at("/labels/who").asText()).isEqualTo("me");
    }

    @Test
    void anInputMayBeAFileOrStdin() throws Exception {
        Path file = Files.writeString(home.resolve("input.json"), "{\"text\": \"from a file\"}");
        assertThat(run("submit", "test.script", file.toString(), "--wait", "--output=json")
                        .json()
                        .at("/output/text")
                        .asText())
                .isEqualTo("from a file");
        terminal.in("{\"text\": \"from stdin\"}");
        assertThat(run("submit", "test.script", "-", "--wait", "--output=json")
                        .json()
                        .at("/output/text")
                        .asText())
                .isEqualTo("from stdin");
        assertThat(json("job", submit("text=@" + file)).at("/state").asText()).isNotEmpty();
    }

    @Test
    void whatBreaksTheContractIsNotSent() {
        String label = unique();
        Terminal.Run run = run("submit", "test.script", "number=many", "colour=red", "--label=test=" + label);
        assertThat(run.status()).isEqualTo(Exit.REFUSED);
        assertThat(run.err()).contains("not sent").contains("/number").contains("/colour");
        assertThat(json("jobs", "--label", "test=" + label)).isEmpty();
        // The facade says so as well, if it is asked.
        Terminal.Run sent = run("submit", "test.script", "number=many", "--no-check");
        assertThat(sent.status()).isEqualTo(Exit.REFUSED);
        assertThat(sent.err()).contains("422").contains("/input/number");
    }

    @Test
    void whatCannotBeReadIsAUsageError() {
        terminal.in("{\"text\": 1");
        for (String[] wrong : new String[][] {
            {"submit", "test.script", "-"},
            {"submit", "test.script", "no-such-file.json"},
            {"submit", "test.script", "text=1", "text=2"},
            {"submit", "test.script", "a=1", "a.b=2"},
            {"submit", "test.script", "a.b=1", "a=2"},
            {"submit", "test.script", "a..b=1"},
            {"submit", "test.script", "=1"},
            {"submit", "test.script", "a:=[1"},
            {"submit", "test.script", "a=@no-such-file"},
            {"submit", "test.script", "text=a", "-"},
            {"submit", "test.script", "--idempotency-key", "two words"},
            {"submit", "test.script", "--timeout", "soon"},
            {"submit"},
            {"watch", "no-id"},
            {"jobs", "--state", "happy"},
            {"jobs", "--limit", "0"},
            {"jobs", "--output", "xml"},
            {"cancel"},
            {"replay"},
            {"nonsense"},
            {},
        }) {
            Terminal.Run run = run(wrong);
            assertThat(run.status()).as(String.join(" ", wrong)).isEqualTo(Exit.USAGE);
            assertThat(run.err()).as(String.join(" ", wrong)).startsWith("plainsail: ");
        }
    }

    @Test
    void anUnknownTypeIsRefusedAndTheKnownOnesNamed() {
        Terminal.Run run = run("submit", "no.such-type", "a=1");
        assertThat(run.status()).isEqualTo(Exit.REFUSED);
        assertThat(run.err()).contains("no.such-type").contains("test.script");
    }

    @Test
    void theSameKeyIsTheSameJob() {
        String key = unique();
        assertThat(submit("text=a", "--idempotency-key", key)).isEqualTo(submit("text=a", "--idempotency-key", key));
    }

    @Test
    void whoeverWaitsLearnsHowItEnded() {
        Terminal.Run failed = run("submit", "test.script", "fail=no way", "--wait");
        assertThat(failed.status()).isEqualTo(Exit.JOB_FAILED);
        assertThat(failed.out()).contains("failed").contains("told-to: no way (rejected)");
        String gate = unique();
        Terminal.Run late = run("submit", "test.script", "gate=" + gate, "--wait", "--at-most", "0.2s");
        assertThat(late.status()).isEqualTo(Exit.TIMED_OUT);
        ScriptWorker.open(gate);
    }

    // watch and logs -------------------------------------------------------------------------------------------

    @Test
    void withoutATerminalEachChangeIsALine() {
        String id = submit("lines=3", "percent=40");
        Terminal.Run run = run("watch", id);
        assertThat(run.status()).isZero();
        assertThat(run.out()).doesNotContain("\r").doesNotContain("\u001b");
        assertThat(run.out().lines().filter(line -> line.contains("| line "))).hasSize(3);
        assertThat(run.out().lines().toList()).last().asString().endsWith("succeeded");
    }

    @Test
    void onATerminalThereIsABar() throws Exception {
        String gate = unique();
        String id = submit("lines=2", "percent=40", "gate=" + gate);
        // The job stands still until its progress was recorded.
        while (!json("job", id).has("progress")) {
            assertThat(json("job", id).get("state").asText()).isIn("queued", "running");
        }
        Thread opener = new Thread(() -> ScriptWorker.open(gate));
        opener.start();
        Terminal.Run run = terminal.seen().run("watch", id);
        opener.join();
        assertThat(run.status()).isZero();
        assertThat(run.out()).contains("\r\u001b[K").contains("| line 0").contains("succeeded");
        assertThat(JobWatch.bar(40)).isEqualTo("[############..................] 40 %");
        assertThat(JobWatch.bar(1e9)).isEqualTo("[" + "#".repeat(30) + "] 100 %");
    }

    @Test
    void aFailedJobIsSeenToFail() {
        Terminal.Run run = run("watch", submit("fail=broken"));
        assertThat(run.status()).isEqualTo(Exit.JOB_FAILED);
        assertThat(run.out()).contains("failed: told-to: broken");
    }

    @Test
    void whoWatchesForTooLongIsTold() {
        String gate = unique();
        Terminal.Run run = run("watch", submit("gate=" + gate), "--at-most", "0.2s");
        assertThat(run.status()).isEqualTo(Exit.TIMED_OUT);
        ScriptWorker.open(gate);
    }

    @Test
    void eventsAreLinesOfJson() {
        Terminal.Run run = run("watch", submit("lines=2"), "--output=json");
        List<JsonNode> events = run.out()
                .lines()
                .map(line -> io.plainsail.contracts.json.StrictJson.read(line.getBytes(StandardCharsets.UTF_8)))
                .toList();
        assertThat(events.stream().filter(event -> event.get("event").asText().equals("log")))
                .hasSize(2);
        assertThat(events.get(events.size() - 1).at("/job/state").asText()).isEqualTo("succeeded");
    }

    @Test
    void changesOfManyJobsAreShownAsTheyComeAndGoneOnWith() throws Exception {
        String team = unique();
        CompletableFuture<Terminal.Run> watching = CompletableFuture.supplyAsync(() -> run(
                "events", "--type=test.script", "--label=team=" + team, "--state=succeeded", "-n2", "--output=json"));
        // It begins when it is connected: whatever came before is not shown.
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            run("submit", "test.script", "text=a", "--label", "team=" + team, "--wait");
            return watching.isDone();
        });
        Terminal.Run run = watching.get();
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        List<JsonNode> events = run.out()
                .lines()
                .map(line -> io.plainsail.contracts.json.StrictJson.read(line.getBytes(StandardCharsets.UTF_8)))
                .toList();
        assertThat(events)
                .hasSize(2)
                .allMatch(event -> event.at("/job/labels/team").asText().equals(team)
                        && event.at("/job/state").asText().equals("succeeded"));
        String first = events.get(0).get("position").asText();
        String second = events.get(1).at("/job/id").asText();
        Terminal.Run rest = run("events", "--label=team=" + team, "--after", first, "--for=20s", "-n1");
        assertThat(rest.out()).contains(second + " test.script v1 succeeded team=" + team);
        assertThat(run("events", "--label=team=" + team, "--after", first, "-n1", "--output=yaml")
                        .out())
                .startsWith("---\nevent: \"job\"\nposition: ")
                .contains("  id: \"" + second);
        assertThat(run("events", "--label=team=" + unique(), "--for=0.2s").status())
                .isZero();
        assertThat(run("events", "-n0").status()).isEqualTo(Exit.USAGE);
        assertThat(run("events", "--after=nonsense").status()).isEqualTo(Exit.REFUSED);
    }

    @Test
    void aLogIsFollowedToItsEnd() {
        String id = submit("lines=700");
        Terminal.Run followed = run("logs", id, "--follow");
        assertThat(followed.out().lines()).hasSize(700).startsWith("line 0").endsWith("line 699");
        assertThat(run("logs", id).out()).isEqualTo(followed.out());
    }

    @Test
    void whatAJobSaysCannotSteerATerminal() {
        String evil = "\\u001b]0;owned\\u0007 \\u009b31m \\u202egnp.exe \\r gone";
        terminal.in("{\"log\": [\"" + evil + "\"], \"fail\": \"" + evil + "\", \"text\": \"" + evil + "\"}");
        String id = run("submit", "test.script", "-").out().strip();
        terminal.seen();
        List<Terminal.Run> shown = new ArrayList<>();
        shown.add(run("watch", id));
        shown.add(run("logs", id));
        shown.add(run("job", id));
        shown.add(run("job", id, "--output=json"));
        shown.add(run("job", id, "--output=yaml"));
        shown.add(run("jobs"));
        shown.add(run("dead"));
        for (Terminal.Run run : shown) {
            String text = run.out().replace("\r\u001b[K", "") + run.err();
            assertThat(text).contains("u202e");
            assertThat(text.chars().filter(c -> c != '\n' && (Character.isISOControl(c) || c == 0x202e)))
                    .isEmpty();
        }
        // As data it is what it was.
        assertThat(run("job", id, "--output=json").json().at("/error/message").asText())
                .contains("\u202e");
    }

    // the others -----------------------------------------------------------------------------------------------

    @Test
    void jobsAreListedByFilterInEachForm() throws Exception {
        String label = unique();
        for (int i = 0; i < 3; i++) {
            submit("number=" + i, "--label", "list=" + label);
        }
        assertThat(json("jobs", "--label", "list=" + label)).hasSize(3);
        assertThat(json("jobs", "--label", "list=" + label, "-n", "2")).hasSize(2);
        Terminal.Run table = run("jobs", "--label", "list=" + label);
        assertThat(table.out().lines()).hasSize(4).first().asString().startsWith("ID ");
        Terminal.Run yaml = run("jobs", "--label", "list=" + label, "--output=yaml");
        assertThat(new YAMLMapper().readTree(yaml.bytes())).hasSize(3);
        assertThat(run("jobs", "--label", "list=nobody").out()).isEqualTo("none\n");
        assertThat(run("jobs", "--type", "document.render", "--before", "2020-01-01T00:00:00Z")
                        .out())
                .isEqualTo("none\n");
    }

    @Test
    void aResultGoesToAFileOrAPipeButABinaryOneToNoTerminal() throws Exception {
        Terminal.Run made = run("submit", "test.script", "file=70000", "--wait", "--output=json");
        String id = made.json().get("id").asText();
        Path file = home.resolve("result");
        assertThat(run("result", id, "-o", file.toString()).status()).isZero();
        assertThat(file).hasBinaryContent(ScriptWorker.bytes(70_000));
        assertThat(run("result", id).bytes()).isEqualTo(ScriptWorker.bytes(70_000));
        assertThat(run("result", id, "-o", home.resolve("no/where").toString()).status())
                .isEqualTo(Exit.USAGE);
        String text = run("submit", "test.script", "text=hello", "--wait", "--output=json")
                .json()
                .get("id")
                .asText();
        terminal.seen();
        assertThat(run("result", id).status()).isEqualTo(Exit.USAGE);
        assertThat(run("result", text).out()).isEqualTo("{\"text\":\"hello\"}\n");
    }

    @Test
    void jobsAreCancelledByIdAndByFilter() {
        String label = unique();
        String one = submit("gate=" + unique(), "--label", "cancel=" + label);
        submit("gate=" + unique(), "--label", "cancel=" + label);
        assertThat(run("cancel", one).out()).isEqualTo(one + " cancelled\n");
        assertThat(json("cancel", "--label", "cancel=" + label, "--dry-run")
                        .get("matched")
                        .asInt())
                .isEqualTo(1);
        assertThat(json("cancel", "--label", "cancel=" + label).get("cancelled").asInt())
                .isEqualTo(1);
        assertThat(run("watch", one).status()).isEqualTo(Exit.JOB_FAILED);
    }

    @Test
    void deadJobsAreListedAndRepeated() {
        String label = unique();
        String id = submit("fail=" + label, "--label", "dead=" + label);
        assertThat(run("watch", id).status()).isEqualTo(Exit.JOB_FAILED);
        assertThat(json("dead", "--label", "dead=" + label).get(0).get("count").asInt())
                .isEqualTo(1);
        assertThat(run("dead", "--label", "dead=" + label).out()).contains(id);
        assertThat(json("replay", "--label", "dead=" + label, "--dry-run")
                        .get("matched")
                        .asInt())
                .isEqualTo(1);
        String repeated = run("replay", id, "text=better").out().strip();
        assertThat(run("watch", repeated).status()).isZero();
        assertThat(run("replay", repeated).status()).isEqualTo(Exit.REFUSED);
    }

    @Test
    void deadJobsAreRepeatedOnTheReleaseThatIsNamed() {
        String label = unique();
        String one = submit("fail=" + label, "--label", "dead=" + label);
        String two = submit("fail=" + label, "--label", "dead=" + label);
        for (String id : List.of(one, two)) {
            assertThat(run("watch", id).status()).isEqualTo(Exit.JOB_FAILED);
        }
        String release = json("job", one).at("/attempts/0/release").asText();
        await().atMost(Duration.ofSeconds(60)).until(() -> run("workers").out().contains("test.script"));
        Terminal.Run refused = run("replay", one, "--on-release", "0.0-none");
        assertThat(refused.status()).isEqualTo(Exit.REFUSED);
        assertThat(refused.err()).contains(release);
        String repeated =
                run("replay", one, "text=better", "--on-release", release).out().strip();
        assertThat(json("job", repeated).path("onRelease").asText()).isEqualTo(release);
        assertThat(run("watch", repeated).status()).isZero();
        assertThat(run("replay", "--label", "dead=" + label, "--on-release", "0.0-none")
                        .status())
                .isEqualTo(Exit.REFUSED);
        assertThat(json("replay", "--label", "dead=" + label, "--on-release", release)
                        .get("replayed")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void typesAreListedAndShown() {
        assertThat(run("types").out()).contains("test.script").contains("document.render");
        assertThat(run("types", "test.script").out()).contains("inputSchema:");
        assertThat(json("types", "test.script").at("/inputSchema/type").asText())
                .isEqualTo("object");
        assertThat(run("types", "no.such-type").status()).isEqualTo(Exit.REFUSED);
    }

    private JsonNode scriptWorker() {
        for (JsonNode worker : json("workers").get("workers")) {
            if (worker.get("service").asText().equals("script")) {
                return worker;
            }
        }
        throw new AssertionError("no worker of the script is there");
    }

    @Test
    void operatorsSeeTheFleet() {
        String label = unique();
        assertThat(run("submit", "test.script", "--label", "fleet=" + label, "--wait")
                        .status())
                .isZero();
        assertThat(json("counts", "--label", "fleet=" + label, "--state", "succeeded")
                        .get("total")
                        .asInt())
                .isEqualTo(1);
        assertThat(run("counts").out()).startsWith("total");
        assertThat(run("queues").status()).isZero();
        assertThat(run("releases", "--type", "test.script").out()).contains("script");
        assertThat(run("receipt").status()).isZero();
        assertThat(json("receipt").get("balances").asBoolean()).isTrue();
        await().atMost(Duration.ofSeconds(60)).until(() -> run("workers").out().contains("test.script"));
        String instance = scriptWorker().get("instance").asText();
        assertThat(json("workers", "drain", instance).get("drain").asBoolean()).isTrue();
        assertThat(json("workers", "resume", instance).get("drain").asBoolean()).isFalse();
        // It may have heard the first word before the second one; others here need it.
        await().atMost(Duration.ofSeconds(60))
                .until(() -> scriptWorker().get("state").asText().equals("ready"));
        assertThat(run("workers", "drain", "nobody").status()).isEqualTo(Exit.REFUSED);
    }

    @Test
    void aJobThatIsNotThereIsRefused() {
        for (String command : List.of("job", "watch", "logs", "result", "cancel", "replay")) {
            Terminal.Run run = run(command, UUID.randomUUID().toString());
            assertThat(run.status()).as(command).isEqualTo(Exit.REFUSED);
            assertThat(run.err()).as(command).contains("404");
        }
    }
}
