package io.plainsail.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.plainsail.contracts.json.StrictJson;
import io.plainsail.testbed.PrivateRabbitMq;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What Prometheus scrapes of a facade and a worker, held against what was offered to them. */
@Timeout(300)
class MetricsLineIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Pattern SERIES = Pattern.compile("(plainsail_[a-z_]+(?:\\{[^}]*})?) (\\S+)");
    private static final Pattern TYPE = Pattern.compile("# TYPE (plainsail_[a-z_]+) ([a-z]+)");
    private static final Pattern DOCUMENTED = Pattern.compile("\\| `(plainsail_[a-z_]+)` \\| ([a-z]+) \\|.*");
    private static final String ECHO = "type=\"test.echo\",version=\"1\"}";
    private static final String OF_SERVICE = "{service=\"echo\"}";
    private static final String ACCEPTED = "plainsail_jobs_accepted_total{" + ECHO;
    private static final String RELEASED = "plainsail_jobs_released_total{outcome=\"confirmed\"," + ECHO;
    private static final String OUTBOX_LAG = "plainsail_outbox_lag_seconds";
    private static final String RECORDER_LAG = "plainsail_recorder_lag_seconds";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private PrivateRabbitMq broker;

    @SuppressWarnings("NullAway.Init")
    private Line line;

    @SuppressWarnings("NullAway.Init")
    private String worker;

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeEach
    void start() throws Exception {
        if (!PrivateRabbitMq.isInstalled()) {
            assertThat(System.getenv("CI"))
                    .as("RabbitMQ must be installed in CI")
                    .isNull();
            Assumptions.abort("RabbitMQ is not installed: apt-get install rabbitmq-server");
        }
        broker = PrivateRabbitMq.start(PrivateRabbitMq.Options.defaults());
        line = new Line(directory, broker.uri(), Line.h2(directory), "{}");
        line.startFacade();
        String port = line.startWorker()
                .awaitOutput(Pattern.compile("metrics on port ([0-9]+)"), PATIENCE)
                .group(1);
        worker = "http://127.0.0.1:" + port + "/metrics";
        line.awaitContract();
    }

    @AfterEach
    void stop() {
        line.close();
        broker.close();
    }

    @Test
    void eachJobIsCountedAndLagsGrowWhileTheBrokerIsAway() throws Exception {
        assertThat(facade()).as("there before the first job").containsEntry(ACCEPTED, 0.0);
        for (int i = 0; i < 3; i++) {
            awaitEnd(accepted("{\"text\":\"well\"}", ""));
        }
        awaitEnd(accepted("{\"text\":\"away:1\"}", ""));
        awaitEnd(accepted("{\"text\":\"away:9\"}", ",\"retry\":{\"attempts\":1}"));
        // The outbox is looked at every five seconds, a mark comes out of the events every second.
        await().atMost(PATIENCE)
                .until(
                        this::facade,
                        told -> value(told, RELEASED) == 5
                                && value(told, "plainsail_outbox_jobs") == 0
                                && value(told, OUTBOX_LAG) == 0
                                && value(told, RECORDER_LAG) < 30);
        // What is counted of an event is counted when it is in the store, where it is seen before.
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(facade())
                .containsEntry(ACCEPTED, 5.0)
                .containsEntry("plainsail_relay_confirmed_total", 5.0)
                .containsEntry("plainsail_jobs_released_total{outcome=\"unroutable\"," + ECHO, 0.0)
                .containsEntry("plainsail_jobs_finished_total{state=\"succeeded\"}", 4.0)
                .containsEntry("plainsail_jobs_finished_total{state=\"failed\"}", 1.0)
                .containsEntry("plainsail_attempts_retried_total", 1.0)
                .containsEntry("plainsail_store_pool_waiting", 0.0)
                .containsKeys("plainsail_store_pool_active", "plainsail_store_pool_idle", "plainsail_store_pool_max"));
        assertThat(value(facade(), "plainsail_jobs_lost")).isNotPositive();
        String type = "{service=\"echo\"," + ECHO;
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(worker())
                .containsEntry("plainsail_attempts_started_total" + type, 6.0)
                .containsEntry(finished("succeeded"), 4.0)
                .containsEntry(finished("unavailable"), 2.0)
                .containsEntry(finished("internal"), 0.0)
                .containsEntry("plainsail_attempt_run_seconds_count" + type, 6.0)
                .containsEntry("plainsail_attempt_queue_seconds_count" + type, 6.0)
                .containsEntry("plainsail_attempts_limit" + OF_SERVICE, 4.0)
                .containsEntry("plainsail_attempts_free" + OF_SERVICE, 4.0)
                .containsEntry("plainsail_event_backlog" + OF_SERVICE, 0.0)
                .containsEntry("plainsail_next_attempt_backlog" + OF_SERVICE, 0.0));
        assertThat(value(worker(), "plainsail_attempt_run_seconds_sum" + type)).isPositive();

        broker.flushDeclarations();
        broker.stop();
        String waiting = accepted("{\"text\":\"later\"}", "");
        await().atMost(PATIENCE)
                .until(
                        this::facade,
                        told -> value(told, OUTBOX_LAG) > 6
                                && value(told, "plainsail_outbox_jobs") == 1
                                && value(told, RECORDER_LAG) > 6);
        assertThat(facade()).containsEntry(ACCEPTED, 6.0).containsEntry(RELEASED, 5.0);
        // What the store knows is read every 15 seconds at most.
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(typesIn(text(line.facadeMetrics()) + text(worker)))
                .isEqualTo(documented()));
        broker.start();
        awaitEnd(waiting);
        await().atMost(PATIENCE)
                .until(
                        this::facade,
                        told -> value(told, OUTBOX_LAG) == 0
                                && value(told, "plainsail_outbox_jobs") == 0
                                && value(told, RELEASED) >= 6
                                && value(told, RECORDER_LAG) < 5);

        line.facade().terminate(Duration.ofSeconds(60));
        line.facade().restart();
        line.awaitContract();
        assertThat(facade()).as("counters begin anew").containsEntry(ACCEPTED, 0.0);
        awaitEnd(accepted("{\"text\":\"well\"}", ""));
        assertThat(facade()).containsEntry(ACCEPTED, 1.0);
        await().atMost(PATIENCE).until(() -> value(worker(), finished("succeeded")) >= 6);
    }

    private static String finished(String outcome) {
        return "plainsail_attempts_finished_total{outcome=\"" + outcome + "\",service=\"echo\"," + ECHO;
    }

    private String accepted(String input, String more) throws Exception {
        HttpResponse<byte[]> answer = line.api().submit("{\"type\":\"test.echo\",\"input\":" + input + more + "}");
        assertThat(answer.statusCode()).isEqualTo(202);
        return StrictJson.read(answer.body()).get("id").asText();
    }

    private void awaitEnd(String job) {
        await().atMost(PATIENCE).until(() -> line.api().get("/v1/jobs/" + job).has("finishedAt"));
    }

    private Map<String, Double> facade() throws Exception {
        return series(text(line.facadeMetrics()));
    }

    private Map<String, Double> worker() throws Exception {
        return series(text(worker));
    }

    private static double value(Map<String, Double> series, String name) {
        return series.getOrDefault(name, Double.NaN);
    }

    private String text(String url) throws Exception {
        HttpResponse<String> answer =
                http.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.body();
    }

    private static Map<String, Double> series(String text) {
        Map<String, Double> series = new TreeMap<>();
        text.lines()
                .map(SERIES::matcher)
                .filter(Matcher::matches)
                .forEach(parts ->
                        series.put(parts.group(1), Double.valueOf(parts.group(2).replace("+Inf", "Infinity"))));
        return series;
    }

    private static Map<String, String> typesIn(String text) {
        return twoColumns(TYPE, text);
    }

    /** By the page: it names each metric, and none that is not there. */
    private static Map<String, String> documented() throws Exception {
        return twoColumns(DOCUMENTED, Files.readString(Path.of("../docs/metrics.md")));
    }

    private static Map<String, String> twoColumns(Pattern row, String text) {
        Map<String, String> columns = new TreeMap<>();
        text.lines()
                .map(row::matcher)
                .filter(Matcher::matches)
                .forEach(parts -> columns.put(parts.group(1), parts.group(2)));
        return columns;
    }
}
