package io.plainsail.facade;

import static io.plainsail.facade.RunningFacade.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A facade that asks for keys, with a worker of test.echo. */
final class KeyedFacade implements AutoCloseable {
    static final String HELLO = "{\"type\":\"test.echo\",\"input\":{\"text\":\"hello\"}}";

    private final RunningFacade running;
    private final EchoWorker worker;
    private final String admin;

    private KeyedFacade(RunningFacade running, EchoWorker worker, String admin) {
        this.running = running;
        this.worker = worker;
        this.admin = admin;
    }

    /** Ready, and it knows the job type. */
    static KeyedFacade start(Path directory) throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        Path keyFile = directory.resolve("admin.key");
        RunningFacade running = RunningFacade.start(
                directory, transport, "access: {required: true, adminKeyFile: \"" + keyFile + "\"}\n");
        KeyedFacade facade = new KeyedFacade(
                running, new EchoWorker(transport), Files.readString(keyFile).strip());
        await().atMost(Duration.ofSeconds(20))
                .until(() -> facade.call("GET", "/v1/job-types/test.echo/v1", facade.admin)
                                .statusCode()
                        == 200);
        return facade;
    }

    RunningFacade running() {
        return running;
    }

    EchoWorker worker() {
        return worker;
    }

    /** The key of the file, which may do everything. */
    String admin() {
        return admin;
    }

    @Override
    public void close() throws Exception {
        running.close();
    }

    HttpResponse<String> call(String method, String path, String key) throws Exception {
        return call(method, path, key, "");
    }

    HttpResponse<String> call(String method, String path, String key, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(running.uri(path))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return running.send(request);
    }

    /** Makes a key. */
    JsonNode key(String fields) throws Exception {
        HttpResponse<String> made = call("POST", "/v1/keys", admin, "{\"name\":\"a key\"," + fields + "}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return json(made);
    }

    static String text(JsonNode key) {
        return key.get("key").asText();
    }

    String accept(String key) throws Exception {
        HttpResponse<String> answer = call("POST", "/v1/jobs", key, HELLO);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return json(answer).get("id").asText();
    }

    static void isProblem(HttpResponse<String> answer, int status, String kind) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(json(answer).get("type").asText()).isEqualTo("urn:plainsail:problem:" + kind);
    }
}
