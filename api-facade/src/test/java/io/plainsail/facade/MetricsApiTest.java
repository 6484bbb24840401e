package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What Prometheus reads of a facade. */
@Timeout(120)
class MetricsApiTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final String ECHO = "type=\"test.echo\",version=\"1\"}";

    @TempDir
    Path directory;

    @Test
    void jobsAreCountedByTypeAndUnknownTypesAreNot() throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        RunningFacade facade = RunningFacade.start(directory, transport, "");
        try {
            EchoWorker worker = new EchoWorker(transport);
            await().atMost(PATIENCE)
                    .until(() -> facade.get("/v1/job-types/test.echo/v1").statusCode() == 200);
            assertThat(scrape(facade))
                    .as("there before the first job")
                    .contains("plainsail_jobs_accepted_total{" + ECHO + " 0.0")
                    .contains("plainsail_jobs_released_total{outcome=\"confirmed\"," + ECHO + " 0.0");

            String good = "{\"type\": \"test.echo\", \"input\": {\"text\": \"x\"}}";
            assertThat(facade.post("/v1/jobs", good).statusCode()).isEqualTo(202);
            for (int i = 0; i < 3; i++) {
                assertThat(facade.post("/v1/jobs", good.replace("test.echo", "not.known-" + i))
                                .statusCode())
                        .isEqualTo(422);
            }
            worker.next();
            await().atMost(PATIENCE).until(() -> scrape(facade)
                    .contains("plainsail_jobs_released_total{outcome=\"confirmed\"," + ECHO + " 1.0"));
            assertThat(scrape(facade))
                    .contains("plainsail_jobs_accepted_total{" + ECHO + " 1.0")
                    .contains("plainsail_recorder_lag_seconds NaN") // The embedded transport needs no marks.
                    .doesNotContain("not.known");
            // What a loop asks for waits there for a moment, too.
            await().atMost(PATIENCE).until(() -> scrape(facade).contains("plainsail_store_pool_waiting 0.0"));
        } finally {
            facade.close();
        }
    }

    @Test
    void aScrapeSucceedsThoughTheStoreIsAway() throws Exception {
        try (RunningFacade facade = RunningFacade.start(directory, EmbeddedTransport.create(), "")) {
            facade.facade().database().close();
            assertThat(scrape(facade))
                    .contains("plainsail_jobs_lost NaN")
                    .contains("plainsail_store_pool_active 0.0")
                    .contains("plainsail_outbox_jobs 0.0")
                    .doesNotContain("plainsail_queue_oldest_seconds{");
        }
    }

    private static String scrape(RunningFacade facade) throws Exception {
        HttpResponse<String> answer = facade.send(HttpRequest.newBuilder(facade.adminUri("/prometheus")));
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.body();
    }
}
