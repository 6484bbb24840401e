package io.plainsail.testbed;

/** A RabbitMQ server for tests. Thread-safe. */
public interface Broker {
    /** What tests that share this server can be kept apart by. */
    enum Isolation {
        /** {@link #freshVirtualHostUri()} makes a virtual host: names of queues and exchanges cannot clash. */
        VIRTUAL_HOST,
        /** The server is not the testbed's to administer: tests must choose unique names and clean up. */
        SHARED
    }

    /** AMQP URI with user, password and virtual host, as amqp-client's {@code ConnectionFactory.setUri} reads it. */
    String uri();

    /** What {@link #freshVirtualHostUri()} gives. */
    Isolation isolation();

    /**
     * The URI of a new, empty virtual host; with {@link Isolation#SHARED}: the same as {@link #uri()}. It lives as long
     * as the server. Costs two to three seconds: meant once for each test class.
     *
     * @throws TestbedException if the server refused
     */
    String freshVirtualHostUri();
}
