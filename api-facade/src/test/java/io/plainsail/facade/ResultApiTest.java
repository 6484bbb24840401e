package io.plainsail.facade;

import static io.plainsail.facade.EchoWorker.HELLO;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.ResultFile;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that jobs end with: how a worker delivers them, and how they are read. */
class ResultApiTest {
    @TempDir
    static Path directory;

    private static RunningFacade facade;
    private static EchoWorker worker;

    @BeforeAll
    static void start() throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        facade = RunningFacade.start(directory, transport, "");
        worker = EchoWorker.knownTo(facade, transport);
    }

    @AfterAll
    static void stop() throws Exception {
        facade.close();
    }

    @Test
    void smallFileTravelsInTheOutcome() throws Exception {
        String id = facade.accept(HELLO);
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        byte[] content = {1, 2, 0, -1};
        succeedWith(job, new ResultFile("application/pdf", 4, "sha-256:" + hex(content), content));
        delivery.ack();

        JsonNode done = facade.awaitState(id, "succeeded");
        assertThat(done.at("/result/mediaType").asText()).isEqualTo("application/pdf");
        HttpResponse<byte[]> file = download(id);
        assertThat(file.body()).isEqualTo(content);
        assertThat(file.headers().firstValue("Content-Type")).contains("application/pdf");
        assertThat(file.headers().firstValue("Content-Length")).contains("4");
    }

    @Test
    void largeFileIsDeliveredWithTheAttemptsTokenAndServed() throws Exception {
        String id = facade.accept(HELLO);
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        byte[] content = "large ".repeat(10_000).getBytes(StandardCharsets.UTF_8);

        assertThat(deliver(job, job.token(), content, content).statusCode()).isEqualTo(204);
        assertThat(deliver(job, job.token(), content, content).statusCode()).isEqualTo(204);
        succeedWith(job, new ResultFile("text/plain", content.length, "sha-256:" + hex(content), null));
        delivery.ack();
        facade.awaitState(id, "succeeded");

        assertThat(download(id).body()).isEqualTo(content);
        assertThat(deliver(job, job.token(), content, content).statusCode()).isEqualTo(409);
    }

    @Test
    void deliveryThatBreaksARuleIsRefused() throws Exception {
        String id = facade.accept(HELLO);
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        byte[] content = {1, 2, 3};
        byte[] huge = new byte[70_000];

        assertThat(deliver(job, "wrong", content, content).statusCode()).isEqualTo(403);
        assertThat(deliver(job, "", content, content).statusCode()).isEqualTo(403);
        assertThat(deliver(job, job.token(), content, huge).statusCode()).isEqualTo(422);
        assertThat(deliver(job, job.token(), huge, huge).statusCode()).isEqualTo(413);
        assertThat(facade.facade().results().find(job.jobId(), 1)).isEmpty();
        assertThat(facade.send(HttpRequest.newBuilder(facade.uri("/v1/jobs/" + id + "/attempts/1/result"))
                                .header("Authorization", "Bearer " + job.token())
                                .PUT(HttpRequest.BodyPublishers.ofByteArray(content)))
                        .statusCode())
                .isEqualTo(400);
        succeedWith(job, null);
        delivery.ack();
        facade.awaitState(id, "succeeded");
    }

    @Test
    void whoSendsMuchTooLargeAFileHearsSoAndMayGoOn() throws Exception {
        String id = facade.accept(HELLO);
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        byte[] huge = new byte[600_000];
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(huge);

        try (Socket socket = new Socket("127.0.0.1", facade.port())) {
            socket.setSoTimeout(30_000);
            OutputStream out = socket.getOutputStream();
            out.write(("PUT /v1/jobs/" + id + "/attempts/1/result HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                            + "Authorization: Bearer " + job.token() + "\r\nContent-Length: " + huge.length + "\r\n"
                            + "Content-Digest: sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(huge);
            // Over the same connection: it is not broken off, which would take the answer with it.
            out.write("GET /health/alive HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(answers).startsWith("HTTP/1.1 413").contains("too-large", "HTTP/1.1 200");
        }
        succeedWith(job, null);
        delivery.ack();
        facade.awaitState(id, "succeeded");
    }

    private static void succeedWith(JobMessage job, ResultFile file) {
        Instant now = Instant.now();
        worker.report(new WorkerEvent.Succeeded(job.jobId(), job.attempt(), now, now, job.input(), file));
    }

    private static HttpResponse<String> deliver(JobMessage job, String token, byte[] content, byte[] announced)
            throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(announced);
        return facade.send(HttpRequest.newBuilder(
                        facade.uri("/v1/jobs/" + job.jobId() + "/attempts/" + job.attempt() + "/result"))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "text/plain")
                .header("Content-Digest", "sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(content)));
    }

    private static HttpResponse<byte[]> download(String id) throws Exception {
        return java.net.http.HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(facade.uri("/v1/jobs/" + id + "/result"))
                                .timeout(Duration.ofSeconds(20))
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String hex(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }
}
