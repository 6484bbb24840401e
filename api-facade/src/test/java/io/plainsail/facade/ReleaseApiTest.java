package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator does when the broker has lost all messages. */
class ReleaseApiTest {
    @TempDir
    Path directory;

    private EchoWorker worker;

    private JobMessage take() throws Exception {
        Delivery delivery = worker.next();
        delivery.ack();
        return JobMessageCodec.decode(delivery.message());
    }

    @Test
    void unfinishedJobsComeAgainAsPossibleDuplicatesAndFinishedOnesDoNot() throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        try (RunningFacade facade = RunningFacade.start(directory, transport, "")) {
            worker = EchoWorker.knownTo(facade, transport);
            String body = "{\"type\":\"test.echo\",\"input\":{\"text\":\"x\"}}";
            for (int job = 0; job < 2; job++) {
                assertThat(facade.post("/v1/jobs", body).statusCode()).isEqualTo(202);
            }
            JobMessage finished = take();
            JobMessage lost = take();
            assertThat(lost.maybeDuplicate()).isFalse();
            Instant now = Instant.now();
            worker.report(new WorkerEvent.Succeeded(finished.jobId(), 1, now, now, finished.input(), null));
            await().atMost(Duration.ofSeconds(20))
                    .until(() ->
                            facade.get("/v1/jobs/" + finished.jobId()).body().contains("\"succeeded\""));

            // Its outbox row goes some moments after its message: until then there is nothing to release.
            await().atMost(Duration.ofSeconds(20)).until(() -> released(facade) == 1);
            JobMessage again = take();
            assertThat(again.jobId()).isEqualTo(lost.jobId());
            assertThat(again.attempt()).isEqualTo(lost.attempt());
            assertThat(again.maybeDuplicate()).isTrue();
        }
    }

    private static int released(RunningFacade facade) throws Exception {
        HttpResponse<String> answer = facade.post("/v1/jobs/release", "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return StrictJson.read(answer.body().getBytes(StandardCharsets.UTF_8))
                .get("released")
                .asInt();
    }
}
