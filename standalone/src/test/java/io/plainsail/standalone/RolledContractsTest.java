package io.plainsail.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dropwizard.core.setup.Environment;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.facade.FacadeApplication;
import io.plainsail.facade.FacadeConfiguration;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.service.HttpFacadeAccess;
import io.plainsail.worker.service.Secret;
import io.plainsail.worker.service.WorkerConfig;
import io.plainsail.worker.service.WorkerProcess;
import io.plainsail.worker.service.WorkerService;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two releases of a worker with different contracts, on the whole line in one process. */
@Timeout(400)
class RolledContractsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Contract ECHO = ContractLoader.fromClassPath(RolledContractsTest.class, "test.echo", 1);

    @TempDir
    Path directory;

    private final EmbeddedTransport transport = EmbeddedTransport.create();
    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final AtomicReference<Server> server = new AtomicReference<>();
    private final List<WorkerProcess> workers = new ArrayList<>();
    private String base;
    private ApiClient api;

    @BeforeEach
    void start() throws Exception {
        Path config = Files.writeString(directory.resolve("facade.yaml"), """
                server:
                  applicationConnectors: [{type: http, port: 0, bindHost: 127.0.0.1}]
                  adminConnectors: [{type: http, port: 0, bindHost: 127.0.0.1}]
                  requestLog: {appenders: []}
                  shutdownGracePeriod: 5s
                logging: {level: WARN}
                instance: facade-1
                store: {url: "jdbc:h2:file:%1$s/jobs"}
                results: {directory: "%1$s/results"}
                """.formatted(directory));
        new FacadeApplication(configuration -> transport) {
            @Override
            protected void afterStart(
                    io.plainsail.facade.Facade facade, FacadeConfiguration configuration, Environment environment) {
                environment.lifecycle().addServerLifecycleListener(server::set);
            }
        }.run("server", config.toString());
        base = "http://127.0.0.1:" + ((ServerConnector) server.get().getConnectors()[0]).getLocalPort();
        api = new ApiClient(base);
    }

    @AfterEach
    void stop() throws Exception {
        workers.forEach(WorkerProcess::close);
        server.get().stop();
        executor.shutdown();
    }

    private static Contract changed(Consumer<ObjectNode> change) {
        ObjectNode document = ContractFormat.write(ECHO).deepCopy();
        change.accept(document);
        return ContractFormat.read(document);
    }

    private WorkerProcess start(String release, Contract contract) {
        WorkerProcess worker = WorkerProcess.start(
                WorkerService.named("echo").handles(contract, job -> Outcome.of(job.input())),
                WorkerConfig.with(Map.of(
                        "admin.port", "-1", "release", release, "attempts.checkEvery", "PT0.1S", "facadeUrl", base)),
                transport,
                new HttpFacadeAccess(URI.create(base), new Secret(""), null, executor),
                Clock.systemUTC());
        workers.add(worker);
        return worker;
    }

    private void awaitReady(WorkerProcess worker) {
        await().atMost(PATIENCE).until(() -> worker.health().ready());
    }

    private void awaitInForce(Contract contract) {
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> shown().get("digest").asText().equals(contract.digest()));
    }

    private JsonNode shown() throws Exception {
        return api.get("/v1/job-types/test.echo/v1");
    }

    private JsonNode run(String input) throws Exception {
        HttpResponse<byte[]> answer = api.submit("{\"type\":\"test.echo\",\"input\":" + input + "}");
        assertThat(answer.statusCode()).as(new String(answer.body())).isEqualTo(202);
        String id = StrictJson.read(answer.body()).get("id").asText();
        await().atMost(PATIENCE)
                .until(() -> api.get("/v1/jobs/" + id).get("state").asText().equals("succeeded"));
        return api.get("/v1/jobs/" + id);
    }

    private static String release(JsonNode job) {
        return job.at("/attempts/0/release").asText();
    }

    @Test
    void aCompatibleContractIsTakenAndInForceWhenNobodySpeaksTheOldOne() throws Exception {
        WorkerProcess old = start("1.0", ECHO);
        awaitInForce(ECHO);
        assertThat(release(run("{\"text\":\"a\"}"))).isEqualTo("1.0");

        Contract wider = changed(
                document -> document.withObject("/inputSchema/properties/size").put("type", "integer"));
        WorkerProcess next = start("1.1", wider);
        awaitReady(next);
        // Both speak; what only one of them can read is not accepted yet.
        assertThat(shown().get("digest").asText()).isEqualTo(ECHO.digest());
        assertThat(shown().get("instances"))
                .extracting(one -> one.get("release").asText())
                .containsExactlyInAnyOrder("1.0", "1.1");
        assertThat(shown().at("/announcements/0/state").asText()).isEqualTo("accepted");
        assertThat(shown().at("/announcements/0/findings/verdict").asText()).isEqualTo("compatible");
        String more = "{\"text\":\"a\",\"size\":1}";
        assertThat(api.submit("{\"type\":\"test.echo\",\"input\":" + more + "}").statusCode())
                .isEqualTo(422);

        old.close();
        awaitInForce(wider);
        assertThat(release(run(more))).isEqualTo("1.1");

        // And back: what was in force once may come again.
        next.close();
        WorkerProcess again = start("1.0", ECHO);
        awaitReady(again);
        awaitInForce(ECHO);
        assertThat(release(run("{\"text\":\"b\"}"))).isEqualTo("1.0");
    }

    @Test
    void anIncompatibleContractIsRefusedAndTheOthersGoOn() throws Exception {
        WorkerProcess old = start("1.0", ECHO);
        awaitInForce(ECHO);
        Contract narrower = changed(
                document -> document.withObject("/inputSchema/properties/text").put("maxLength", 5));
        WorkerProcess next = start("1.1", narrower);
        await().atMost(PATIENCE)
                .until(() ->
                        next.health().detail().startsWith("takes no jobs of test.echo.v1: its contract is refused"));
        assertThat(next.health().ready()).isFalse();
        assertThat(old.health().ready()).isTrue();
        for (int i = 0; i < 5; i++) {
            assertThat(release(run("{\"text\":\"longer than five\"}"))).isEqualTo("1.0");
        }
        JsonNode refused = shown().at("/announcements/0");
        assertThat(refused.get("digest").asText()).isEqualTo(narrower.digest());
        assertThat(refused.get("state").asText()).isEqualTo("refused");
        assertThat(refused.at("/findings/reasons/0/pointer").asText()).isEqualTo("/text");
        assertThat(refused.at("/findings/reasons/0/rule").asText()).isEqualTo("maxLength");
        JsonNode listed = api.get("/v1/job-types").at("/jobTypes/0");
        assertThat(listed.get("instances").asInt()).isEqualTo(1);
        assertThat(listed.at("/announcements/0/verdict").asText()).isEqualTo("incompatible");
        assertThat(listed.at("/announcements/0/instances").asInt()).isEqualTo(1);

        // Nor does it come into force when the others end: their jobs wait for one that can read them.
        old.close();
        assertThat(shown().get("digest").asText()).isEqualTo(ECHO.digest());
        HttpResponse<byte[]> waiting = api.submit("{\"type\":\"test.echo\",\"input\":{\"text\":\"longer than five\"}}");
        WorkerProcess again = start("1.0", ECHO);
        awaitReady(again);
        String id = StrictJson.read(waiting.body()).get("id").asText();
        await().atMost(PATIENCE)
                .until(() -> api.get("/v1/jobs/" + id).get("state").asText().equals("succeeded"));
        assertThat(next.health().ready()).isFalse();
    }

    @Test
    void anUndecidedContractIsTakenAndItsReasonIsShown() throws Exception {
        start("1.0", ECHO);
        awaitInForce(ECHO);
        Contract unclear = changed(
                document -> document.withObject("/inputSchema/properties/text").put("x-unit", "words"));
        WorkerProcess next = start("1.1", unclear);
        awaitReady(next);
        JsonNode accepted = shown().at("/announcements/0");
        assertThat(accepted.get("state").asText()).isEqualTo("accepted");
        assertThat(accepted.at("/findings/verdict").asText()).isEqualTo("undecided");
        assertThat(accepted.at("/findings/reasons/0/rule").asText()).isEqualTo("x-unit");
    }
}
