package io.plainsail.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server of one's own: the machine's binaries as a child process on 127.0.0.1, which a test can kill and
 * start again on the same data and the same port. What it commits is on disk: {@code fsync} and
 * {@code synchronous_commit} are on.
 *
 * <ol>
 *   <li>{@link #start(Options)} runs {@code initdb} in a private directory and starts the server; it returns when the
 *       server takes connections.
 *   <li>{@link #kill()} is a crash, {@link #stop()} an orderly end; {@link #start()} follows either.
 *   <li>{@link #close()} ends the server and deletes the directory. So does the end of this JVM, also by SIGKILL.
 * </ol>
 *
 * <p>PostgreSQL refuses to run as root: a JVM of root runs it as the user {@code postgres}. About two seconds.
 *
 * <p>Thread-safe: calls that change the server exclude each other.
 */
public final class PrivatePostgres implements DatabaseServer, AutoCloseable {
    private static final String USER = "plainsail";
    private static final Duration INITDB = Duration.ofMinutes(1);
    private static final Duration STOP = Duration.ofSeconds(30);

    private final Path binaries;
    private final Options options;
    private final Path directory;
    private final boolean asRoot;
    private final int port;
    private final String password = UUID.randomUUID().toString();

    private final @Nullable PrivateDisk disk;

    // Guarded by this.
    private @Nullable Process postmaster;
    private boolean closed;

    /**
     * How the server is set up.
     *
     * @param settings of {@code postgresql.conf}, such as {@code max_connections = 200} (100 by default); they win over
     *     the testbed's own
     * @param startTimeout bound of each start until connections are taken; 30 seconds by default
     * @param diskMebibytes size of a {@link PrivateDisk} for all its data; 0, the default: the machine's own disk
     */
    public record Options(Map<String, String> settings, Duration startTimeout, int diskMebibytes) {
        public Options {
            settings = Map.copyOf(settings);
        }

        /** No settings of one's own, 30 seconds to start. */
        public static Options defaults() {
            return new Options(Map.of(), Duration.ofSeconds(30), 0);
        }

        public Options withSetting(String name, String value) {
            Map<String, String> more = new LinkedHashMap<>(settings);
            more.put(name, value);
            return new Options(more, startTimeout, diskMebibytes);
        }

        public Options withStartTimeout(Duration bound) {
            return new Options(settings, bound, diskMebibytes);
        }

        /** Tables and write-ahead log on a disk of their own that can be filled; needs root. */
        public Options withDisk(int mebibytes) {
            return new Options(settings, startTimeout, mebibytes);
        }
    }

    private PrivatePostgres(Path binaries, Options options) {
        this.binaries = binaries;
        this.options = options;
        this.directory = Lifeline.ofThisJvm().newDirectory("plainsail-postgres");
        this.asRoot = isOwnedByRoot(directory);
        this.port = FreePorts.next();
        this.disk = options.diskMebibytes() == 0 ? null : mount(directory.resolve("disk"), options.diskMebibytes());
    }

    private static PrivateDisk mount(Path directory, int mebibytes) {
        try {
            return PrivateDisk.mount(Files.createDirectory(directory), mebibytes);
        } catch (IOException e) {
            throw new TestbedException(directory + " cannot be made", e);
        }
    }

    /** Whether PostgreSQL is installed where {@link #start(Options)} finds it. */
    public static boolean isInstalled() {
        return findBinaries().isPresent();
    }

    /**
     * Starts a new server on empty data and waits until it takes connections.
     *
     * @throws TestbedException if PostgreSQL is not installed, or does not come up within the bound; the message then
     *     has the end of its log. Nothing is left running
     */
    public static PrivatePostgres start(Options options) {
        Path binaries = findBinaries()
                .orElseThrow(() -> new TestbedException("PostgreSQL is not installed here: apt-get install postgresql"
                        + " (initdb and postgres are sought in /usr/lib/postgresql/*/bin and on the PATH)"));
        PrivatePostgres server = new PrivatePostgres(binaries, options);
        Lifeline.ofThisJvm().attach(server);
        try {
            server.initialize();
            server.start();
            return server;
        } catch (RuntimeException e) {
            server.closeAfter(e);
            throw e;
        }
    }

    /**
     * Starts the server again on its data and port and waits until it has recovered and takes connections; nothing
     * happens if it runs.
     *
     * @throws TestbedException if it does not come up within the bound; it is not left running then
     * @throws IllegalStateException after {@link #close()}
     */
    public synchronized void start() {
        if (closed) {
            throw new IllegalStateException(this + " was closed and its data deleted");
        }
        if (postmaster != null && postmaster.isAlive()) {
            return;
        }
        List<String> command =
                new ArrayList<>(List.of(binaries.resolve("postgres").toString(), "-D", data().toString()));
        settings().forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
        try {
            postmaster = asPostgresUser(command)
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()))
                    .start();
        } catch (IOException e) {
            throw new TestbedException(command.get(0) + " cannot be started", e);
        }
        Lifeline.ofThisJvm().hold(postmaster);
        awaitConnections(postmaster);
    }

    /** The database {@code postgres}, for administration; without user and password. */
    public String jdbcUrl() {
        return jdbcUrl("postgres");
    }

    /** A superuser. */
    public String username() {
        return USER;
    }

    public String password() {
        return password;
    }

    /** Whether the server runs; it may not take connections yet. */
    public synchronized boolean isAlive() {
        return postmaster != null && postmaster.isAlive();
    }

    /** The disk that has all its data; empty if it has none of its own. */
    public Optional<PrivateDisk> disk() {
        return Optional.ofNullable(disk);
    }

    /** The port, the same across restarts. */
    public int port() {
        return port;
    }

    /** What the running server says it is, such as {@code 15.14}. */
    public String version() {
        try (Connection connection = new Database(jdbcUrl(), USER, password).connect()) {
            return connection.getMetaData().getDatabaseProductVersion().split(" ")[0];
        } catch (SQLException e) {
            throw new TestbedException(this + " does not say its version", e);
        }
    }

    /**
     * Creates an empty database named after {@code prefix} (lower-case letters, digits and underscores, starting with a
     * letter, at most 40 characters).
     *
     * @return its JDBC URL, without user and password
     * @throws TestbedException if the server refused
     */
    public String createDatabase(String prefix) {
        return jdbcUrl(administration().create(prefix));
    }

    @Override
    public Database freshDatabase() {
        return new Database(createDatabase("test"), USER, password);
    }

    PostgresAdministration administration() {
        return new PostgresAdministration(new Database(jdbcUrl(), USER, password));
    }

    /**
     * The process id of the postmaster.
     *
     * @throws IllegalStateException if the server does not run
     */
    public synchronized long pid() {
        if (postmaster == null || !postmaster.isAlive()) {
            throw new IllegalStateException(this + " does not run");
        }
        return postmaster.pid();
    }

    /**
     * A crash: SIGKILL to the postmaster and all its children, and waits until they have ended, so that nothing holds
     * the shared memory that the next start needs. Nothing happens if the server does not run.
     */
    public synchronized void kill() {
        if (postmaster == null || !postmaster.isAlive()) {
            return;
        }
        Processes.signal("STOP", postmaster.pid()); // No new children while they are counted.
        List<ProcessHandle> children = postmaster.descendants().toList();
        Processes.kill(postmaster);
        Processes.kill(children);
    }

    /**
     * An orderly end ("fast shutdown": open transactions are rolled back), and waits until the server has ended.
     *
     * @throws TestbedException if it still runs after half a minute; it is killed then
     */
    public synchronized void stop() {
        if (postmaster == null || !postmaster.isAlive()) {
            return;
        }
        Processes.signal("INT", postmaster.pid());
        if (!Processes.awaitEnd(postmaster, STOP)) {
            kill();
            throw new TestbedException("%s did not stop in %s and was killed. Log: %s".formatted(this, STOP, log()));
        }
    }

    /** The end of what the server logged, for the message of a failed test. */
    public String log() {
        return Processes.tail(logFile());
    }

    /** Kills the server and deletes the data. May be called more than once. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        Lifeline.ofThisJvm().detach(this);
        kill();
        if (disk != null) {
            disk.close();
        }
        Lifeline.ofThisJvm().delete(directory);
    }

    @Override
    public String toString() {
        return "PostgreSQL on port " + port;
    }

    private void initialize() {
        try {
            Path passwordFile = Files.writeString(directory.resolve("password"), password);
            if (asRoot) {
                own(directory);
                own(passwordFile);
            }
            if (disk != null) {
                own(disk.root());
            }
            Processes.run(
                    asPostgresUser(List.of(
                            binaries.resolve("initdb").toString(),
                            "--pgdata=" + data(),
                            "--username=" + USER,
                            "--pwfile=" + passwordFile,
                            "--auth=scram-sha-256",
                            "--encoding=UTF8",
                            "--no-locale",
                            // Only for the files made right now: the server itself runs with fsync.
                            "--no-sync")),
                    INITDB);
            Files.delete(passwordFile);
        } catch (IOException e) {
            throw new TestbedException("PostgreSQL's data cannot be prepared in " + directory, e);
        }
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("port", "" + port);
        settings.put("listen_addresses", "127.0.0.1");
        settings.put("unix_socket_directories", directory.toString());
        settings.put("max_connections", "100");
        settings.put("fsync", "on");
        settings.put("synchronous_commit", "on");
        settings.putAll(options.settings());
        return settings;
    }

    private void awaitConnections(Process started) {
        Deadline deadline = Deadline.in(options.startTimeout());
        while (true) {
            try (Connection connection = DriverManager.getConnection(jdbcUrl(), USER, password);
                    Statement statement = connection.createStatement()) {
                statement.execute("select 1");
                return;
            } catch (SQLException e) {
                if (!started.isAlive()) {
                    throw new TestbedException(
                            "%s ended while starting, exit code %d. Log: %s"
                                    .formatted(this, started.exitValue(), log()),
                            e);
                }
                if (deadline.isOver()) {
                    kill();
                    throw new TestbedException(
                            "%s took no connection in %s and was killed. Log: %s"
                                    .formatted(this, options.startTimeout(), log()),
                            e);
                }
                deadline.pause();
            }
        }
    }

    private String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port, database);
    }

    private Path data() {
        return disk == null
                ? directory.resolve("data")
                : directory.resolve("disk").resolve("data");
    }

    private Path logFile() {
        return directory.resolve("server.log");
    }

    private ProcessBuilder asPostgresUser(List<String> command) {
        List<String> all = new ArrayList<>();
        if (asRoot) {
            // setpriv replaces itself by the command: the child's process id is the postmaster's.
            all.addAll(List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"));
        }
        all.addAll(command);
        if (disk != null) {
            all = disk.inside(all);
        }
        ProcessBuilder builder = new ProcessBuilder(all).directory(directory.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
        return builder;
    }

    /** Who owns what this JVM has just made is who this JVM runs as. */
    private static boolean isOwnedByRoot(Path path) {
        try {
            return Files.getAttribute(path, "unix:uid") instanceof Integer uid && uid == 0;
        } catch (IOException e) {
            throw new TestbedException("owner of " + path + " cannot be read", e);
        }
    }

    private static void own(Path path) throws IOException {
        Files.setOwner(
                path, path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("postgres"));
    }

    private static Optional<Path> findBinaries() {
        Stream<Path> packaged = InstalledBinaries.newestFirst(Path.of("/usr/lib/postgresql"), "*").stream()
                .map(version -> version.resolve("bin"));
        return Stream.concat(packaged, InstalledBinaries.onPath())
                .filter(bin -> Files.isExecutable(bin.resolve("initdb")) && Files.isExecutable(bin.resolve("postgres")))
                .findFirst();
    }

    private void closeAfter(RuntimeException failure) {
        try {
            close();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }
}
