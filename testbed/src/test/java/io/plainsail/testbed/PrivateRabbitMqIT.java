package io.plainsail.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import io.plainsail.testbed.PrivateRabbitMq.Options;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PrivateRabbitMqIT {
    private static final String QUEUE = "survivor";
    private static @Nullable PrivateRabbitMq broker;

    @BeforeAll
    static void start() {
        assumeTrue(PrivateRabbitMq.isInstalled(), "RabbitMQ is not installed: apt-get install rabbitmq-server");
        broker = PrivateRabbitMq.start(Options.defaults().withConfiguration("consumer_timeout", "123456"));
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            broker.close();
        }
    }

    @Test
    void aConfirmedMessageInAQuorumQueueSurvivesKill() throws Exception {
        try (Connection connection = connect(broker().uri());
                Channel channel = connection.createChannel()) {
            channel.queueDeclare(QUEUE, true, false, false, Map.of("x-queue-type", "quorum"));
            channel.confirmSelect();
            channel.basicPublish(
                    "", QUEUE, MessageProperties.PERSISTENT_BASIC, "kept".getBytes(StandardCharsets.UTF_8));
            channel.waitForConfirmsOrDie(10_000);
        }
        broker().flushDeclarations();
        long before = broker().pid();

        broker().kill();
        assertThatThrownBy(() -> connect(broker().uri())).isInstanceOf(ConnectException.class);
        broker().start();

        assertThat(broker().pid()).isNotEqualTo(before);
        assertThat(take(broker().uri(), QUEUE)).isEqualTo("kept");
    }

    @Test
    void theProcessIdIsTheErlangVirtualMachine() throws Exception {
        assertThat(Files.readString(Path.of("/proc/" + broker().pid() + "/comm")))
                .startsWith("beam");
    }

    @Test
    void stopsInOrderAndStartsAgainOnTheSamePort() throws Exception {
        int port = broker().port();

        broker().stop();
        assertThatThrownBy(() -> broker().pid()).isInstanceOf(IllegalStateException.class);
        broker().start();

        assertThat(broker().port()).isEqualTo(port);
        connect(broker().uri()).close();
    }

    @Test
    void configurationLinesReachTheNode() {
        assertThat(broker().rabbitmqctl("eval", "application:get_env(rabbit, consumer_timeout)."))
                .contains("{ok,123456}");
    }

    @Test
    void aFailingCommandSaysWhatItPrinted() {
        assertThatThrownBy(() -> broker().rabbitmqctl("delete_vhost", "nowhere"))
                .isInstanceOf(TestbedException.class)
                .hasMessageContaining("nowhere")
                .hasMessageContaining("exit code");
    }

    @Test
    void virtualHostsAreFreshAndApart() throws Exception {
        String one = broker().freshVirtualHostUri();
        String other = broker().freshVirtualHostUri();

        assertThat(one).isNotEqualTo(other);
        try (Connection connection = connect(one)) {
            connection.createChannel().queueDeclare("mine", false, true, false, Map.of());
            try (Connection elsewhere = connect(other)) {
                Channel channel = elsewhere.createChannel();
                assertThatThrownBy(() -> channel.queueDeclarePassive("mine"))
                        .hasRootCauseMessage(
                                "channel error; protocol method: #method<channel.close>(reply-code=404, reply-text=NOT_FOUND - no"
                                        + " queue 'mine' in vhost '" + other.substring(other.lastIndexOf('/') + 1)
                                        + "', class-id=50, method-id=10)");
            }
        }
    }

    @Test
    void aConfigurationTheServerRefusesFailsWithItsLogAndLeavesNothing() {
        Options refused =
                Options.defaults().withConfiguration("no_such_key", "1").withStartTimeout(Duration.ofSeconds(40));

        assertThatThrownBy(() -> PrivateRabbitMq.start(refused))
                .isInstanceOf(TestbedException.class)
                .hasMessageContaining("no_such_key");
    }

    @Test
    void closeEndsTheNodeAndItsPortMapperAndDeletesTheData() {
        PrivateRabbitMq other = PrivateRabbitMq.start(Options.defaults().withPlugin("rabbitmq_management"));
        String directory =
                other.rabbitmqctl("eval", "os:getenv(\"HOME\").").strip().replace("\"", "");
        assertThat(Path.of(directory)).isDirectory();

        other.close();
        other.close();

        assertThat(Path.of(directory).getParent()).doesNotExist();
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> ProcessHandle.current()
                .descendants()
                .flatMap(process -> process.info().commandLine().stream())
                .noneMatch(line -> line.contains(directory)));
        assertThatThrownBy(other::start).isInstanceOf(IllegalStateException.class);
    }

    private static PrivateRabbitMq broker() {
        return Objects.requireNonNull(broker);
    }

    private static Connection connect(String uri) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(uri);
        factory.setAutomaticRecoveryEnabled(false);
        factory.setChannelRpcTimeout(20_000); // Ten minutes by default.
        return factory.newConnection("testbed");
    }

    private static @Nullable String take(String uri, String queue) throws Exception {
        try (Connection connection = connect(uri);
                Channel channel = connection.createChannel()) {
            GetResponse response = channel.basicGet(queue, true);
            return response == null ? null : new String(response.getBody(), StandardCharsets.UTF_8);
        }
    }
}
