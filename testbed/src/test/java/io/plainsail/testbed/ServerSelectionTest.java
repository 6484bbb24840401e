package io.plainsail.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.testbed.ServerSelection.Attempt;
import io.plainsail.testbed.ServerSelection.Found;
import io.plainsail.testbed.ServerSelection.Source;
import io.plainsail.testbed.ServerSelection.Unavailable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServerSelectionTest {
    private final List<String> asked = new ArrayList<>();

    @Test
    void theFirstSourceWithAServerWinsAndNoLaterOneIsAsked() {
        Attempt<String> answer = select(Map.of(), none("environment"), found("container"), found("local"));

        assertThat(answer).isEqualTo(new Found<>("container", "it is container (no environment)"));
        assertThat(asked).containsExactly("environment", "container");
    }

    @Test
    void withoutAnyTheReasonNamesEverySourceAndTheRemedy() {
        Attempt<String> answer = select(Map.of("CI", "false"), none("environment"), none("container"), none("local"));

        assertThat(answer)
                .isEqualTo(
                        new Unavailable<>("no thing for this test (no environment; no container; no local). Get one."));
    }

    @Test
    void withoutAnyItFailsInCi() {
        assertThatThrownBy(() -> select(Map.of("CI", "true"), none("environment"), none("local")))
                .isInstanceOf(TestbedException.class)
                .hasMessageContaining("(no environment; no local). Get one.")
                .hasMessageContaining("CI=true");
    }

    @Test
    void aSourceThatFailsIsNotHiddenByALaterOne() {
        Source<String> broken = () -> {
            throw new TestbedException("did not start");
        };

        assertThatThrownBy(() -> select(Map.of(), broken, found("local"))).hasMessage("did not start");
        assertThat(asked).isEmpty();
    }

    @Test
    void theBrokerNamedInTheEnvironmentComesFirstAndIsShared() {
        String uri = "amqp://me:secret@broker.example:5672/%2F";

        Attempt<Broker> answer = RabbitMqExtension.sources(Map.of(RabbitMqExtension.AMQP_URI, uri))
                .get(0)
                .attempt();

        assertThat(answer).isInstanceOfSatisfying(Found.class, found -> {
            assertThat(found.description()).contains("broker.example:5672").doesNotContain("secret");
            Broker broker = (Broker) found.server();
            assertThat(broker.uri()).isEqualTo(uri);
            assertThat(broker.freshVirtualHostUri()).isEqualTo(uri);
            assertThat(broker.isolation()).isEqualTo(Broker.Isolation.SHARED);
        });
    }

    @Test
    void theDatabaseNamedInTheEnvironmentComesFirst() {
        Map<String, String> environment = Map.of(
                PostgresExtension.JDBC_URL,
                "jdbc:postgresql://db.example/postgres",
                PostgresExtension.JDBC_PASSWORD,
                "secret");

        Attempt<DatabaseServer> answer =
                PostgresExtension.sources(environment).get(0).attempt();

        assertThat(answer).isInstanceOfSatisfying(Found.class, found -> assertThat(found.description())
                .contains("db.example")
                .doesNotContain("secret"));
    }

    @Test
    void aVariableThatIsNotSetLeavesTheNextSource() {
        assertThat(RabbitMqExtension.sources(Map.of()).get(0).attempt())
                .isEqualTo(new Unavailable<>("PLAINSAIL_TEST_AMQP_URI is not set"));
        assertThat(PostgresExtension.sources(Map.of()).get(0).attempt())
                .isEqualTo(new Unavailable<>("PLAINSAIL_TEST_JDBC_URL is not set"));
    }

    @Test
    void aDockerHostWhereNobodyListensIsToldAtOnce() {
        Map<String, String> environment = Map.of("DOCKER_HOST", "unix:///nonexistent/docker.sock");

        assertThat(RabbitMqExtension.sources(environment).get(1).attempt())
                .isEqualTo(new Unavailable<>("no Docker API answers at DOCKER_HOST or the usual sockets"));
    }

    @SafeVarargs
    private Attempt<String> select(Map<String, String> environment, Source<String>... sources) {
        return ServerSelection.select("thing", "Get one.", environment, List.of(sources));
    }

    private Source<String> found(String name) {
        return () -> {
            asked.add(name);
            return new Found<>(name, "it is " + name);
        };
    }

    private Source<String> none(String name) {
        return () -> {
            asked.add(name);
            return new Unavailable<>("no " + name);
        };
    }
}
