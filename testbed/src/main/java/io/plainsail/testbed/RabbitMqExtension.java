package io.plainsail.testbed;

import io.plainsail.testbed.ServerSelection.Attempt;
import io.plainsail.testbed.ServerSelection.Found;
import io.plainsail.testbed.ServerSelection.Source;
import io.plainsail.testbed.ServerSelection.Unavailable;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;

/**
 * Gives tests a {@link Broker} parameter: one RabbitMQ server for this JVM, from the first of these that is there.
 *
 * <ol>
 *   <li>the server at the AMQP URI in {@value #AMQP_URI};
 *   <li>a container of the image in {@value #IMAGE} ({@value #DEFAULT_IMAGE} by default), where a Docker API answers and
 *       the image is there or can be pulled;
 *   <li>the installed binaries, as a {@link PrivateRabbitMq}.
 * </ol>
 *
 * <p>Where there is none, the tests are skipped with a reason; with {@code CI=true} in the environment they fail.
 *
 * <p>{@snippet :
 * @ExtendWith(RabbitMqExtension.class)
 * class RelayIT {
 *     private final String uri;
 *
 *     RelayIT(Broker broker) {
 *         uri = broker.freshVirtualHostUri();
 *     }
 * }
 * }
 */
public final class RabbitMqExtension extends SharedServerExtension<Broker> {
    /** Environment variable with the AMQP URI of a server to use. */
    public static final String AMQP_URI = "PLAINSAIL_TEST_AMQP_URI";

    /** Environment variable with the image of the container. */
    public static final String IMAGE = "PLAINSAIL_TEST_RABBITMQ_IMAGE";

    /** The image where none is named. */
    public static final String DEFAULT_IMAGE = "rabbitmq:4";

    private static final String INSTALL =
            "Install it (apt-get install rabbitmq-server), or run Docker, or name a server in " + AMQP_URI
                    + ", as amqp://user:password@host:5672/%2F.";

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Broker.class;
    }

    @Override
    public Broker resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return server(context);
    }

    @Override
    Attempt<Broker> select() {
        return ServerSelection.select("RabbitMQ", INSTALL, System.getenv(), sources(System.getenv()));
    }

    static List<Source<Broker>> sources(Map<String, String> environment) {
        return List.of(() -> named(environment), () -> container(environment), RabbitMqExtension::localProcess);
    }

    private static Attempt<Broker> named(Map<String, String> environment) {
        String uri = environment.get(AMQP_URI);
        if (uri == null || uri.isBlank()) {
            return new Unavailable<>(AMQP_URI + " is not set");
        }
        URI parsed = URI.create(uri);
        return new Found<>(
                new NamedBroker(uri),
                "RabbitMQ on %s:%d, as %s says".formatted(parsed.getHost(), parsed.getPort(), AMQP_URI));
    }

    private static Attempt<Broker> container(Map<String, String> environment) {
        String image = environment.getOrDefault(IMAGE, DEFAULT_IMAGE);
        Optional<String> missing = DockerAccess.missing(image, environment);
        if (missing.isPresent()) {
            return new Unavailable<>(missing.get());
        }
        ContainerBroker broker = ContainerBroker.start(image);
        return new Found<>(broker, broker.toString());
    }

    private static Attempt<Broker> localProcess() {
        if (!PrivateRabbitMq.isInstalled()) {
            return new Unavailable<>("RabbitMQ is not installed on this machine");
        }
        PrivateRabbitMq broker = PrivateRabbitMq.start(PrivateRabbitMq.Options.defaults());
        return new Found<>(
                broker, "RabbitMQ %s as local process on port %d".formatted(broker.version(), broker.port()));
    }

    /** A server that is not the testbed's: nothing is administered there. */
    private record NamedBroker(String uri) implements Broker {
        @Override
        public Isolation isolation() {
            return Isolation.SHARED;
        }

        @Override
        public String freshVirtualHostUri() {
            return uri;
        }
    }
}
