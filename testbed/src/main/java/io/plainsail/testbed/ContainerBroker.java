package io.plainsail.testbed;

import java.io.IOException;
import java.util.UUID;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.rabbitmq.RabbitMQContainer;
import org.testcontainers.utility.DockerImageName;

/** RabbitMQ in a container that Testcontainers started. */
final class ContainerBroker implements Broker, AutoCloseable {
    private final RabbitMQContainer container;
    private final String image;

    private ContainerBroker(RabbitMQContainer container, String image) {
        this.container = container;
        this.image = image;
    }

    static ContainerBroker start(String image) {
        RabbitMQContainer container =
                new RabbitMQContainer(DockerImageName.parse(image).asCompatibleSubstituteFor("rabbitmq"));
        try {
            container.start();
            return new ContainerBroker(container, image);
        } catch (RuntimeException e) {
            container.close();
            throw new TestbedException("container of " + image + " did not start", e);
        }
    }

    @Override
    public String uri() {
        return uri("%2F");
    }

    @Override
    public Isolation isolation() {
        return Isolation.VIRTUAL_HOST;
    }

    @Override
    public String freshVirtualHostUri() {
        String name = "t" + UUID.randomUUID().toString().substring(0, 8);
        rabbitmqctl("add_vhost", name);
        rabbitmqctl("set_permissions", "-p", name, container.getAdminUsername(), ".*", ".*", ".*");
        return uri(name);
    }

    @Override
    public void close() {
        container.close();
    }

    @Override
    public String toString() {
        return "RabbitMQ as container of %s on port %d".formatted(image, container.getAmqpPort());
    }

    private String uri(String virtualHost) {
        return "amqp://%s:%s@%s:%d/%s"
                .formatted(
                        container.getAdminUsername(),
                        container.getAdminPassword(),
                        container.getHost(),
                        container.getAmqpPort(),
                        virtualHost);
    }

    private void rabbitmqctl(String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = "rabbitmqctl";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        try {
            ExecResult result = container.execInContainer(command);
            if (result.getExitCode() != 0) {
                throw new TestbedException("%s: exit code %d. Output: %s%s"
                        .formatted(
                                String.join(" ", command),
                                result.getExitCode(),
                                result.getStdout(),
                                result.getStderr()));
            }
        } catch (IOException e) {
            throw new TestbedException(String.join(" ", command) + " cannot be run in " + this, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TestbedException("interrupted in " + String.join(" ", command), e);
        }
    }
}
