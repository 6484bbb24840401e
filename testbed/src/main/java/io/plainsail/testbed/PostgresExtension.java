package io.plainsail.testbed;

import io.plainsail.testbed.ServerSelection.Attempt;
import io.plainsail.testbed.ServerSelection.Found;
import io.plainsail.testbed.ServerSelection.Source;
import io.plainsail.testbed.ServerSelection.Unavailable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;

/**
 * Gives tests a {@link DatabaseServer} parameter: one PostgreSQL server for this JVM; and a {@link Database} parameter:
 * a fresh database of it, a new one for each parameter. The server is the first of these that is there.
 *
 * <ol>
 *   <li>the server at the JDBC URL in {@value #JDBC_URL}, with {@value #JDBC_USER} and {@value #JDBC_PASSWORD}; the user must be allowed
 *       to create databases, which are dropped after the tests;
 *   <li>a container of the image in {@value #IMAGE} ({@value #DEFAULT_IMAGE} by default), where a Docker API answers and
 *       the image is there or can be pulled;
 *   <li>the installed binaries, as a {@link PrivatePostgres}.
 * </ol>
 *
 * <p>Where there is none, the tests are skipped with a reason; with {@code CI=true} in the environment they fail.
 */
public final class PostgresExtension extends SharedServerExtension<DatabaseServer> {
    /** Environment variable with the JDBC URL of a server to use, without user and password. */
    public static final String JDBC_URL = "PLAINSAIL_TEST_JDBC_URL";

    /** Environment variable with the user for {@link #JDBC_URL}; {@code postgres} by default. */
    public static final String JDBC_USER = "PLAINSAIL_TEST_JDBC_USER";

    /** Environment variable with the password for {@link #JDBC_URL}; empty by default. */
    public static final String JDBC_PASSWORD = "PLAINSAIL_TEST_JDBC_PASSWORD";

    /** Environment variable with the image of the container. */
    public static final String IMAGE = "PLAINSAIL_TEST_POSTGRES_IMAGE";

    /** The image where none is named. */
    public static final String DEFAULT_IMAGE = "postgres:17";

    private static final String INSTALL = "Install it (apt-get install postgresql), or run Docker, or name a server in "
            + JDBC_URL + ", as jdbc:postgresql://host:5432/postgres.";

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == DatabaseServer.class || type == Database.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        DatabaseServer server = server(context);
        return parameter.getParameter().getType() == Database.class ? server.freshDatabase() : server;
    }

    @Override
    Attempt<DatabaseServer> select() {
        return ServerSelection.select("PostgreSQL", INSTALL, System.getenv(), sources(System.getenv()));
    }

    static List<Source<DatabaseServer>> sources(Map<String, String> environment) {
        return List.of(() -> named(environment), () -> container(environment), PostgresExtension::localProcess);
    }

    private static Attempt<DatabaseServer> named(Map<String, String> environment) {
        String url = environment.get(JDBC_URL);
        if (url == null || url.isBlank()) {
            return new Unavailable<>(JDBC_URL + " is not set");
        }
        Database access = new Database(
                url, environment.getOrDefault(JDBC_USER, "postgres"), environment.getOrDefault(JDBC_PASSWORD, ""));
        return new Found<>(new NamedPostgres(access), "PostgreSQL at %s, as %s says".formatted(access, JDBC_URL));
    }

    private static Attempt<DatabaseServer> container(Map<String, String> environment) {
        String image = environment.getOrDefault(IMAGE, DEFAULT_IMAGE);
        Optional<String> missing = DockerAccess.missing(image, environment);
        if (missing.isPresent()) {
            return new Unavailable<>(missing.get());
        }
        ContainerPostgres server = ContainerPostgres.start(image);
        return new Found<>(server, server.toString());
    }

    private static Attempt<DatabaseServer> localProcess() {
        if (!PrivatePostgres.isInstalled()) {
            return new Unavailable<>("PostgreSQL is not installed on this machine");
        }
        PrivatePostgres server = PrivatePostgres.start(PrivatePostgres.Options.defaults());
        return new Found<>(
                server, "PostgreSQL %s as local process on port %d".formatted(server.version(), server.port()));
    }
}
