package io.plainsail.bench.scenario;

import io.plainsail.bench.scenario.Settings.Store;
import io.plainsail.testbed.PrivatePostgres;
import io.plainsail.testbed.PrivateRabbitMq;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A broker and a job store of one scenario's own, empty at first, and a directory. Not thread-safe. */
final class Servers implements AutoCloseable {
    private static final String H2_USER = "plainsail";

    /** What a machine with a few GB to spare is given; durability is left as it is by default: all on. */
    private static final PrivatePostgres.Options POSTGRES = PrivatePostgres.Options.defaults()
            .withSetting("shared_buffers", "512MB")
            .withSetting("max_wal_size", "4GB");

    private final Path directory;
    private final PrivateRabbitMq broker;
    private final @Nullable PrivatePostgres postgres;
    private final String jdbcUrl;

    private Servers(Path directory, PrivateRabbitMq broker, @Nullable PrivatePostgres postgres, String jdbcUrl) {
        this.directory = directory;
        this.broker = broker;
        this.postgres = postgres;
        this.jdbcUrl = jdbcUrl;
    }

    static Servers start(Store store) {
        Path directory = temporaryDirectory();
        PrivateRabbitMq broker = PrivateRabbitMq.start(PrivateRabbitMq.Options.defaults());
        if (store == Store.H2) {
            return new Servers(directory, broker, null, "jdbc:h2:file:" + directory.resolve("jobs"));
        }
        PrivatePostgres postgres = PrivatePostgres.start(POSTGRES);
        return new Servers(directory, broker, postgres, postgres.createDatabase("bench"));
    }

    static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("plainsail-bench");
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary directory can be made", e);
        }
    }

    Path directory() {
        return directory;
    }

    String amqpUri() {
        return broker.uri();
    }

    String jdbcUrl() {
        return jdbcUrl;
    }

    String user() {
        return postgres == null ? H2_USER : postgres.username();
    }

    String password() {
        return postgres == null ? "" : postgres.password();
    }

    Map<String, Long> processes() {
        Map<String, Long> processes = new TreeMap<>(Map.of("broker", broker.pid()));
        if (postgres != null) {
            processes.put("postgres", postgres.pid());
        }
        return processes;
    }

    Map<String, String> versions() {
        Map<String, String> versions = new TreeMap<>(Map.of("RabbitMQ", broker.version()));
        if (postgres != null) {
            versions.put("PostgreSQL", postgres.version());
        }
        return versions;
    }

    /** A connection to the job store. With H2 the facade must have ended. */
    Connection connect() throws SQLException {
        String url = postgres == null ? jdbcUrl : jdbcUrl + "?reWriteBatchedInserts=true";
        return DriverManager.getConnection(url, user(), password());
    }

    /** How many jobs the store holds in each state. With H2 the facade must have ended. */
    Map<String, Long> jobsByState() {
        Map<String, Long> counts = new TreeMap<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select state, count(*) from jobs group by state")) {
            while (rows.next()) {
                counts.put(rows.getString(1), rows.getLong(2));
            }
            return counts;
        } catch (SQLException e) {
            throw new BenchException("the jobs in the store cannot be counted: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        if (postgres != null) {
            postgres.close();
        }
        broker.close();
        delete(directory);
    }

    static void delete(Path directory) {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " cannot be deleted", e);
        }
    }
}
