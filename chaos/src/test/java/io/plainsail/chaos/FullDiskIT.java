package io.plainsail.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.chaos.check.Run;
import io.plainsail.chaos.load.Watch;
import io.plainsail.chaos.subject.ChaosFacade;
import io.plainsail.chaos.subject.ChaosWorker;
import io.plainsail.chaos.subject.Cluster;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.testbed.PrivateDisk;
import io.plainsail.testbed.PrivatePostgres;
import io.plainsail.testbed.PrivateRabbitMq;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The disk under PostgreSQL is full, for real: every write of it ends with {@code ENOSPC}. */
@Timeout(300)
class FullDiskIT {
    private static final long PATIENCE_MILLIS = 90_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static Cluster cluster;

    @SuppressWarnings("NullAway.Init")
    private static PrivateDisk disk;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<String> accepted = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        boolean possible = PrivateRabbitMq.isInstalled() && PrivatePostgres.isInstalled() && PrivateDisk.isPossible();
        if (!possible) {
            assertThat(System.getenv("CI"))
                    .as("RabbitMQ and PostgreSQL must be installed in CI, and its user be root")
                    .isNull();
            Assumptions.abort("RabbitMQ or PostgreSQL is not installed, or this user cannot mount a disk");
        }
        cluster = Cluster.start(directory, new Cluster.Programs(ChaosFacade.class, ChaosWorker.class), true, 1);
        disk = cluster.postgres().disk().orElseThrow();
        Watch watch = new Watch(cluster.uri());
        await("the job type is known", () -> watch.knows("chaos.work"));
    }

    @AfterEach
    void makeRoom() {
        if (disk != null) {
            disk.empty();
            cluster.postgres().start();
        }
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void withNoRoomForTablesJobsAreRefusedAndWorkersGoOnUntilThereIsSome() throws Exception {
        long server = cluster.postgres().pid();
        fullAndEmptied(() -> null);
        assertThat(cluster.postgres().pid()).isEqualTo(server);
    }

    @Test
    void withNoRoomForItsLogPostgresqlEndsAndOnlyItIsStartedAgain() throws Exception {
        fullAndEmptied(FullDiskIT::writeLogUntilItEnds);
        assertThat(cluster.postgres().log()).contains("PANIC").contains("No space left on device");
    }

    private void fullAndEmptied(Callable<?> whileFull) throws Exception {
        long facade = cluster.facade().pid();
        long worker = cluster.workers().get(0).pid();
        // So many that some are left to run when the disk is full, however long that takes: six at a time.
        for (int i = 0; i < 36; i++) {
            HttpResponse<byte[]> answer = submit(6_000);
            assertThat(answer.statusCode()).isEqualTo(202);
        }
        await("jobs run", () -> ended() > 0);
        disk.fill();
        whileFull.call();
        awaitRefusal();
        int before = ended();
        await("workers go on", () -> ended() >= before + 6);
        awaitRefusal();

        disk.empty();
        // As a service manager does, if it ended.
        cluster.postgres().start();
        await("jobs are accepted", () -> submit(1).statusCode() == 202);
        for (String id : accepted) {
            await("job " + id + " has succeeded", () -> state(id).equals("succeeded"));
        }
        assertThat(cluster.facade().isAlive()).isTrue();
        assertThat(cluster.facade().pid()).isEqualTo(facade);
        assertThat(cluster.workers().get(0).pid()).isEqualTo(worker);
    }

    /** A page that has room left may take some more before. */
    private void awaitRefusal() throws Exception {
        await("jobs are refused", () -> {
            disk.fill();
            return isRefused(submit(1));
        });
    }

    /** Each switch needs a new file of 16 MiB, which there is no room for. */
    private static Void writeLogUntilItEnds() throws Exception {
        PrivatePostgres postgres = cluster.postgres();
        await("PostgreSQL ends", () -> {
            disk.fill();
            try (Connection connection =
                            DriverManager.getConnection(postgres.jdbcUrl(), postgres.username(), postgres.password());
                    Statement statement = connection.createStatement()) {
                statement.execute("select pg_logical_emit_message(false, 'full', 'disk'), pg_switch_wal()");
            } catch (SQLException e) {
                // It is ending.
            }
            return !postgres.isAlive();
        });
        return null;
    }

    private HttpResponse<byte[]> submit(int millis) throws Exception {
        String body = "{\"type\":\"chaos.work\",\"input\":{\"kind\":\"plain\",\"millis\":%d}}".formatted(millis);
        HttpResponse<byte[]> answer = http.send(
                HttpRequest.newBuilder(URI.create(cluster.uri() + "/v1/jobs"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() == 202) {
            accepted.add(StrictJson.read(answer.body()).get("id").asText());
        }
        return answer;
    }

    private static boolean isRefused(HttpResponse<byte[]> answer) {
        if (answer.statusCode() == 202) {
            return false;
        }
        JsonNode problem = StrictJson.read(answer.body());
        assertThat(answer.statusCode()).as("%s", problem).isEqualTo(503);
        assertThat(answer.headers().firstValueAsLong("Retry-After").orElse(0)).isPositive();
        assertThat(problem.get("status").asInt()).isEqualTo(503);
        return true;
    }

    private String state(String id) throws Exception {
        HttpResponse<byte[]> answer = http.send(
                HttpRequest.newBuilder(URI.create(cluster.uri() + "/v1/jobs/" + id))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        // Not even for a moment: an accepted job is never not there.
        assertThat(answer.statusCode()).isIn(200, 503);
        return answer.statusCode() == 200
                ? StrictJson.read(answer.body()).get("state").asText()
                : "unknown";
    }

    private static int ended() throws Exception {
        return (int) Run.read(cluster.runs()).stream()
                .filter(run -> run.endedAt() != null)
                .count();
    }

    private static void await(String what, Callable<Boolean> holds) throws Exception {
        long end = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (!holds.call()) {
            assertThat(System.currentTimeMillis())
                    .as(() -> what + "; " + cluster.logTails())
                    .isLessThan(end);
            Thread.sleep(100);
        }
    }
}
