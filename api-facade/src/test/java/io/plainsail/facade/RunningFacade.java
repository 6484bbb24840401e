package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.jersey.DropwizardResourceConfig;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.messaging.Transport;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A whole facade in this JVM, on free ports. */
final class RunningFacade implements AutoCloseable {
    private final AtomicReference<Server> server = new AtomicReference<>();
    private final AtomicReference<Facade> facade = new AtomicReference<>();
    private final AtomicReference<Environment> environment = new AtomicReference<>();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    /**
     * @param extra lines of configuration
     */
    static RunningFacade start(Path directory, Transport transport, String extra) throws Exception {
        return start(directory, transport, "{type: http, port: 0, bindHost: 127.0.0.1}", extra);
    }

    /**
     * @param connector of the API, YAML
     */
    static RunningFacade start(Path directory, Transport transport, String connector, String extra) throws Exception {
        Path config = Files.createTempFile(directory, "facade", ".yaml");
        Files.writeString(config, """
                server:
                  applicationConnectors: [%2$s]
                  adminConnectors: [{type: http, port: 0, bindHost: 127.0.0.1}]
                  requestLog: {appenders: []}
                  shutdownGracePeriod: 60s
                logging: {level: WARN}
                instance: facade-under-test
                store: {url: "jdbc:h2:file:%1$s/jobs"}
                results: {directory: "%1$s/results"}
                """.formatted(directory, connector) + extra);
        RunningFacade running = new RunningFacade();
        FacadeApplication application = new FacadeApplication(configuration -> transport) {
            /** Else it would end this JVM. */
            @Override
            protected void onFatalError(Throwable failure) {
                throw new IllegalStateException(String.valueOf(failure.getMessage()), failure);
            }

            @Override
            protected void afterStart(Facade started, FacadeConfiguration configuration, Environment environment) {
                running.facade.set(started);
                running.environment.set(environment);
                environment.lifecycle().addServerLifecycleListener(running.server::set);
            }
        };
        application.run("server", config.toString());
        return running;
    }

    Facade facade() {
        return facade.get();
    }

    /** Of what answers requests. */
    Stream<Class<?>> resources() {
        DropwizardResourceConfig registered = environment.get().jersey().getResourceConfig();
        return Stream.concat(
                        registered.getClasses().stream(),
                        registered.getInstances().stream().map(Object::getClass))
                .<Class<?>>map(type -> type)
                .filter(type -> type.isAnnotationPresent(jakarta.ws.rs.Path.class))
                .distinct();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port(0) + path);
    }

    URI adminUri(String path) {
        return URI.create("http://127.0.0.1:" + port(1) + path);
    }

    int port() {
        return port(0);
    }

    private int port(int connector) {
        return ((ServerConnector) server.get().getConnectors()[connector]).getLocalPort();
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(path)));
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return post(path, "application/json", body.getBytes(StandardCharsets.UTF_8));
    }

    HttpResponse<String> post(String path, String type, byte[] body) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(path))
                .header("Content-Type", type)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    static JsonNode json(HttpResponse<String> answer) {
        return StrictJson.read(answer.body().getBytes(StandardCharsets.UTF_8));
    }

    /** Submits a job, and returns its id. */
    String accept(String request) throws IOException, InterruptedException {
        HttpResponse<String> accepted = post("/v1/jobs", request);
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        return json(accepted).get("id").asText();
    }

    /** The job once it is in that state. */
    JsonNode awaitState(Object id, String state) {
        return await().atMost(Duration.ofSeconds(60)).until(() -> json(get("/v1/jobs/" + id)), job -> job.get("state")
                .asText()
                .equals(state));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.timeout(Duration.ofSeconds(120)).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** As a service manager ends it: what callers have open may go on for a second. */
    void stop() throws Exception {
        server.get().stop();
    }

    /** As {@link #stop}, without that second: nothing comes over connections that callers keep for their next request. */
    @Override
    public void close() throws Exception {
        for (Connector connector : server.get().getConnectors()) {
            ((ServerConnector) connector).setShutdownIdleTimeout(10);
        }
        stop();
    }
}
