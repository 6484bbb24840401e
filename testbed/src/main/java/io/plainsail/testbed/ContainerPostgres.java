package io.plainsail.testbed;

import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * PostgreSQL in a container that Testcontainers started, with its setting {@code fsync=off}: what must survive a crash
 * is tested with {@link PrivatePostgres}.
 */
final class ContainerPostgres implements DatabaseServer, AutoCloseable {
    private final PostgreSQLContainer container;
    private final PostgresAdministration administration;
    private final String image;

    private ContainerPostgres(PostgreSQLContainer container, String image) {
        this.container = container;
        this.image = image;
        this.administration = new PostgresAdministration(
                new Database(container.getJdbcUrl(), container.getUsername(), container.getPassword()));
    }

    static ContainerPostgres start(String image) {
        PostgreSQLContainer container =
                new PostgreSQLContainer(DockerImageName.parse(image).asCompatibleSubstituteFor("postgres"));
        try {
            container.start();
            return new ContainerPostgres(container, image);
        } catch (RuntimeException e) {
            container.close();
            throw new TestbedException("container of " + image + " did not start", e);
        }
    }

    @Override
    public Database freshDatabase() {
        return administration.to(administration.create("test"));
    }

    @Override
    public void close() {
        container.close();
    }

    @Override
    public String toString() {
        return "PostgreSQL as container of %s on port %d"
                .formatted(image, container.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT));
    }
}
