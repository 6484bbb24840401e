package io.plainsail.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.plainsail.contracts.json.StrictJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code plainsail rollout} sends, and what it makes of the answers; the facade's part is the test's. */
@Timeout(60)
class RolloutTest {
    private static final String ID = "0190a000-0000-7000-8000-000000000001";
    private static final String JOB =
            "{\"id\":\"" + ID + "\",\"type\":\"ansible.playbook\",\"version\":1,\"state\":\"%s\",\"labels\":{},"
                    + "\"acceptedAt\":\"2026-01-02T03:04:05Z\",\"finishedAt\":\"2026-01-02T03:05:05Z\","
                    + "\"attempts\":[]%s,\"links\":{}}";

    @TempDir
    Path home;

    private final List<JsonNode> submitted = new CopyOnWriteArrayList<>();
    private final Map<String, Deque<String>> answers = new ConcurrentHashMap<>();
    private final Map<String, String> queries = new ConcurrentHashMap<>(); // the last one
    private volatile String job = JOB.formatted("succeeded", "");
    private HttpServer server;
    private Terminal terminal;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.createContext("/", this::answer);
        server.start();
        terminal = new Terminal(home)
                .with(Access.URL, "http://127.0.0.1:" + server.getAddress().getPort());
        answers("/v1/receipt", "{\"accepted\":7,\"lost\":0,\"balances\":true}");
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    /** One after the other; the last one for ever. */
    private void answers(String path, String... bodies) {
        answers.put(path, new ArrayDeque<>(List.of(bodies)));
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        byte[] body = exchange.getRequestBody().readAllBytes();
        String type = "application/json";
        int status = 200;
        String text;
        if (exchange.getRequestMethod().equals("POST")) {
            submitted.add(StrictJson.read(body));
            status = 202;
            text = JOB.formatted("queued", "");
        } else if (path.endsWith("/events")) {
            type = "text/event-stream";
            text = "id: 1\nevent: job\ndata: " + job + "\n\nid: 1\nevent: end\ndata: {}\n\n";
        } else if (path.endsWith(ID)) {
            text = job;
        } else {
            queries.put(path, String.valueOf(exchange.getRequestURI().getQuery()));
            Deque<String> left = answers.get(path);
            text = left.size() > 1 ? left.remove() : left.element();
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static String record(String more) {
        return ",\"output\":{\"facts\":{\"localhost\":{\"plainsail_rollout_record\":{\"service\":\"ansible\","
                + "\"release\":\"1.2.3\",\"hosts\":{\"w1\":\"1.0.0\"}" + more + "}}}}";
    }

    private static String fleet(String release, String startedAt) {
        return "{\"workers\":[{\"instance\":\"x\",\"service\":\"ansible\",\"host\":\"w1\",\"state\":\"ready\",\"release\":\""
                + release + "\",\"startedAt\":\"" + startedAt + "\"}]}";
    }

    @Test
    void aRolloutIsAPlaybookJobAndEndsWithTheReceipt() {
        Terminal.Run run = terminal.run(
                "rollout",
                "document",
                "1.2.3",
                "--batch=3",
                "--replay=20",
                "--accept-undecided",
                "--set",
                "rollout_judge_attempts=50");
        assertThat(run.status()).isZero();
        assertThat(submitted).hasSize(1);
        JsonNode sent = submitted.get(0);
        assertThat(sent.path("type").asText()).isEqualTo("ansible.playbook");
        assertThat(sent.path("input").toString())
                .isEqualTo("{\"project\":\"plainsail\",\"playbook\":\"rollout.yml\",\"inventory\":\"plainsail\","
                        + "\"idleTimeout\":\"PT30M\",\"facts\":[\"plainsail_rollout_record\"],"
                        + "\"extraVars\":{\"plainsail_rollout_service\":\"document\",\"plainsail_rollout_release\":\"1.2.3\","
                        + "\"plainsail_rollout_batch\":3,\"plainsail_rollout_replay\":20,\"plainsail_rollout_accept_undecided\":true,"
                        + "\"rollout_judge_attempts\":50}}");
        assertThat(run.out()).contains("outcome", "succeeded", "accepted", "7");
    }

    @Test
    void projectAndInventoryComeFromOptionEnvironmentOrProfile() throws Exception {
        Path file = home.resolve(".config/plainsail/config.yaml");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "default: a\nprofiles:\n  a: {project: mine, inventory: eu}\n");
        terminal.run("rollout", "facade", "2");
        terminal.with("PLAINSAIL_ROLLOUT_PROJECT", "theirs").run("rollout", "facade", "2", "--inventory=us");
        assertThat(submitted.get(0).at("/input/project").asText()).isEqualTo("mine");
        assertThat(submitted.get(0).at("/input/inventory").asText()).isEqualTo("eu");
        assertThat(submitted.get(1).at("/input/project").asText()).isEqualTo("theirs");
        assertThat(submitted.get(1).at("/input/inventory").asText()).isEqualTo("us");
    }

    @Test
    void whatIsNoServiceReleaseOrVariableIsNotSent() {
        for (String[] wrong : new String[][] {
            {"rollout", "Document", "1.2.3"},
            {"rollout", "../document", "1.2.3"},
            {"rollout", "document", "latest"},
            {"rollout", "document", "1.2.3-1"},
            {"rollout", "document", "1 --check"},
            {"rollout", "document", "1.2.3", "--batch=0"},
            {"rollout", "document", "1.2.3", "--replay=1001"},
            {"rollout", "document", "1.2.3", "--project=/srv"},
            {"rollout", "document", "1.2.3", "--set", "ansible_user=root"},
            {"rollout", "document", "1.2.3", "--set", "plainsail_secrets_directory=/tmp"},
            {"rollout", "document", "1.2.3", "--set", "rollout_probe"},
            {"rollout", "document"},
        }) {
            Terminal.Run run = terminal.run(wrong);
            assertThat(run.status()).as(String.join(" ", wrong)).isEqualTo(Exit.USAGE);
            assertThat(run.err()).contains("plainsail: ");
        }
        assertThat(submitted).isEmpty();
    }

    @Test
    void aFailedRolloutSaysWhyAndShowsTheReceiptAllTheSame() {
        job = JOB.formatted(
                "failed",
                ",\"error\":{\"category\":\"rejected\",\"code\":\"task-failed\",\"message\":\"the release is not good\"}");
        Terminal.Run run = terminal.run("rollout", "document", "1.2.3", "--output=json");
        assertThat(run.status()).isEqualTo(Exit.JOB_FAILED);
        assertThat(run.json().path("outcome").asText()).isEqualTo("failed");
        assertThat(run.json().path("error").asText()).isEqualTo("the release is not good");
        assertThat(run.json().at("/receipt/balances").asBoolean()).isTrue();
    }

    @Test
    void whatCameOfRepeatedDeadJobsIsTold() {
        job = JOB.formatted("succeeded", record(",\"replays\":{\"replayed\":3,\"succeeded\":2,\"failedAgain\":1}"));
        Terminal.Run run = terminal.run("rollout", "document", "1.2.3", "--replay=3", "--output=json");
        assertThat(run.json().at("/replays/failedAgain").asInt()).isEqualTo(1);
        assertThat(terminal.run("rollout", "document", "1.2.3", "--replay=3").out())
                .contains("failedAgain");
    }

    @Test
    void aHostThatRanTheJobIsWaitedForUntilItSaysThatItIsDone() {
        job = JOB.formatted("succeeded", record(",\"handedOver\":[\"w1\"],\"probed\":true"));
        answers(
                "/v1/workers",
                fleet("1.0.0", "2026-01-01T00:00:00Z"), // still the one that ran the job
                fleet("1.2.3", "2026-01-02T03:06:00Z"));
        answers("/v1/jobs", "{\"jobs\":[]}", "{\"jobs\":[" + JOB.formatted("queued", "") + "]}");
        Terminal.Run run = terminal.run("rollout", "ansible", "1.2.3", "--output=json");
        assertThat(run.err()).contains("w1").contains("is moved now");
        assertThat(run.status()).isZero();
        assertThat(run.json().path("outcome").asText()).isEqualTo("succeeded");
        assertThat(answers.get("/v1/workers")).hasSize(1);
        assertThat(answers.get("/v1/jobs")).hasSize(1);
        assertThat(queries.get("/v1/jobs"))
                .as("in whatever state: that it was accepted is enough")
                .contains("label=rollout-done:1.2.3", "label=host:w1")
                .doesNotContain("state=");
    }

    @Test
    void aHostThatHasItsOldReleaseAgainFailsTheRollout() {
        job = JOB.formatted("succeeded", record(",\"handedOver\":[\"w1\"],\"probed\":true"));
        answers("/v1/workers", fleet("1.2.3", "2026-01-02T03:06:00Z"), fleet("1.0.0", "2026-01-02T03:09:00Z"));
        answers("/v1/jobs", "{\"jobs\":[]}");
        Terminal.Run run = terminal.run("rollout", "ansible", "1.2.3", "--output=json");
        assertThat(run.status()).isEqualTo(Exit.JOB_FAILED);
        assertThat(run.json().path("outcome").asText()).isEqualTo("failed");
    }

    @Test
    void aHostThatDoesNotComeBackIsNotWaitedForForEver() {
        job = JOB.formatted("succeeded", record(",\"handedOver\":[\"w1\"]"));
        answers("/v1/workers", "{\"workers\":[]}");
        Terminal.Run run = terminal.run("rollout", "ansible", "1.2.3", "--at-most=4s", "--output=json");
        assertThat(run.status()).isEqualTo(Exit.TIMED_OUT);
        assertThat(run.json().path("outcome").asText()).isEqualTo("unknown");
    }
}
