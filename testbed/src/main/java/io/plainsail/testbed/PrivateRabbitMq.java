package io.plainsail.testbed;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A RabbitMQ node of one's own: the machine's binaries as a child process, listening on 127.0.0.1 only, which a test
 * can kill and start again on the same data and the same port.
 *
 * <ol>
 *   <li>{@link #start(Options)} writes configuration and cookie into a private directory and starts a private epmd and
 *       the node; it returns when the node answers AMQP.
 *   <li>{@link #kill()} is a crash, {@link #stop()} an orderly end; {@link #start()} follows either.
 *   <li>{@link #close()} ends the node and its epmd and deletes the directory. So does the end of this JVM, also by
 *       SIGKILL.
 * </ol>
 *
 * <p>Runs as the user of this JVM, root included. Works with RabbitMQ 3.10 to 4.x. About five seconds and 150 MB.
 *
 * <p>Thread-safe: calls that change the node exclude each other.
 */
public final class PrivateRabbitMq implements Broker, AutoCloseable {
    private static final String USER = "guest";
    private static final String NODE = "testbed@localhost";
    private static final Duration COMMAND = Duration.ofSeconds(60);
    private static final Duration STOP = Duration.ofSeconds(60);
    private static final byte[] AMQP_HEADER = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
    private static final int METHOD_FRAME = 1;

    private final RabbitMqInstallation installation;
    private final Options options;
    private final Path directory;
    private final int port;
    private final int distributionPort;
    private final int epmdPort;

    // Guarded by this.
    private @Nullable Process epmd;
    private @Nullable Process node;
    private boolean closed;

    /**
     * How the node is set up.
     *
     * @param configuration lines for {@code rabbitmq.conf}, such as {@code consumer_timeout = 5000}; they win over the
     *     testbed's own
     * @param plugins to enable, such as {@code rabbitmq_management}
     * @param port for AMQP; 0 takes a free one. Either way it stays the same across restarts
     * @param startTimeout bound of each start until AMQP answers; one minute by default
     */
    public record Options(Map<String, String> configuration, List<String> plugins, int port, Duration startTimeout) {
        public Options {
            configuration = Map.copyOf(configuration);
            plugins = List.copyOf(plugins);
        }

        /** No configuration of one's own, no plugins, a free port, one minute to start. */
        public static Options defaults() {
            return new Options(Map.of(), List.of(), 0, Duration.ofMinutes(1));
        }

        public Options withConfiguration(String key, String value) {
            Map<String, String> more = new LinkedHashMap<>(configuration);
            more.put(key, value);
            return new Options(more, plugins, port, startTimeout);
        }

        public Options withPlugin(String plugin) {
            List<String> more = new ArrayList<>(plugins);
            more.add(plugin);
            return new Options(configuration, more, port, startTimeout);
        }

        public Options withPort(int fixed) {
            return new Options(configuration, plugins, fixed, startTimeout);
        }

        public Options withStartTimeout(Duration bound) {
            return new Options(configuration, plugins, port, bound);
        }
    }

    private PrivateRabbitMq(RabbitMqInstallation installation, Options options) {
        this.installation = installation;
        this.options = options;
        this.directory = Lifeline.ofThisJvm().newDirectory("plainsail-rabbitmq");
        this.port = options.port() == 0 ? FreePorts.next() : options.port();
        this.distributionPort = FreePorts.next();
        this.epmdPort = FreePorts.next();
    }

    /** Whether RabbitMQ and Erlang are installed where {@link #start(Options)} finds them. */
    public static boolean isInstalled() {
        return RabbitMqInstallation.find().isPresent();
    }

    /**
     * Starts a new node on empty data and waits until it answers AMQP.
     *
     * @throws TestbedException if RabbitMQ is not installed, or the node does not come up within the bound; the message
     *     then has the end of its log. Nothing is left running
     */
    public static PrivateRabbitMq start(Options options) {
        RabbitMqInstallation installation = RabbitMqInstallation.find()
                .orElseThrow(
                        () -> new TestbedException("RabbitMQ is not installed here: apt-get install rabbitmq-server, or"
                                + " set RABBITMQ_HOME to the directory that has sbin/rabbitmq-server"));
        PrivateRabbitMq broker = new PrivateRabbitMq(installation, options);
        Lifeline.ofThisJvm().attach(broker);
        try {
            broker.writeFiles();
            broker.start();
            return broker;
        } catch (RuntimeException e) {
            broker.closeAfter(e);
            throw e;
        }
    }

    /**
     * Starts the node again on its data and ports and waits until it answers AMQP; nothing happens if it runs.
     *
     * @throws TestbedException if it does not come up within the bound; it is not left running then
     * @throws IllegalStateException after {@link #close()}
     */
    public synchronized void start() {
        if (closed) {
            throw new IllegalStateException(this + " was closed and its data deleted");
        }
        if (node != null && node.isAlive()) {
            return;
        }
        if (epmd == null || !epmd.isAlive()) {
            epmd = spawn(List.of(installation.epmd().toString(), "-port", "" + epmdPort, "-address", "127.0.0.1"));
        }
        node = spawn(List.of(installation.sbin().resolve("rabbitmq-server").toString()));
        awaitAmqp(node);
    }

    @Override
    public String uri() {
        return "amqp://%s:%s@127.0.0.1:%d/%%2F".formatted(USER, USER, port);
    }

    /** The AMQP port, the same across restarts. */
    public int port() {
        return port;
    }

    /** Such as {@code 3.10.8}. */
    public String version() {
        return installation.version();
    }

    /**
     * The process id of the Erlang VM itself: SIGKILL to it kills the broker.
     *
     * @throws IllegalStateException if the node does not run
     */
    public synchronized long pid() {
        if (node == null || !node.isAlive()) {
            throw new IllegalStateException(this + " does not run");
        }
        return node.pid();
    }

    /**
     * A crash: SIGKILL, and waits until the node has ended. Nothing happens if it does not run.
     *
     * <p>RabbitMQ before 3.13.3 forgets the log of a quorum queue that was declared within the last half second, confirmed
     * messages included, and the queue stays without a leader for good (rabbitmq/ra pull request 443). A test that kills
     * early calls {@link #flushDeclarations()} first.
     */
    public synchronized void kill() {
        if (node != null) {
            Processes.kill(node);
        }
    }

    /**
     * An orderly end: SIGTERM, and waits until the node has ended. Nothing happens if it does not run.
     *
     * @throws TestbedException if it still runs after a minute; it is killed then
     */
    public synchronized void stop() {
        if (node == null) {
            return;
        }
        node.destroy();
        if (!Processes.awaitEnd(node, STOP)) {
            Processes.kill(node);
            throw new TestbedException("%s did not stop in %s and was killed. Log: %s".formatted(this, STOP, log()));
        }
    }

    /**
     * Runs {@code rabbitmqctl} against this node; one to two seconds.
     *
     * @return its stdout and stderr
     * @throws TestbedException if it fails or takes longer than a minute; the message has the output
     */
    public String rabbitmqctl(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(installation.sbin().resolve("rabbitmqctl").toString());
        command.addAll(List.of(arguments));
        return Processes.run(inEnvironment(command), COMMAND);
    }

    /**
     * Has the node write to disk what it knows of the queues declared so far; about a second. See {@link #kill()} for
     * when that matters.
     */
    public void flushDeclarations() {
        rabbitmqctl("eval", "[dets:sync(Table) || Table <- dets:all()].");
    }

    @Override
    public Isolation isolation() {
        return Isolation.VIRTUAL_HOST;
    }

    @Override
    public String freshVirtualHostUri() {
        String name = "t" + UUID.randomUUID().toString().substring(0, 8);
        rabbitmqctl("add_vhost", name);
        rabbitmqctl("set_permissions", "-p", name, USER, ".*", ".*", ".*");
        return "amqp://%s:%s@127.0.0.1:%d/%s".formatted(USER, USER, port, name);
    }

    /** The end of what the node logged, for the message of a failed test. */
    public String log() {
        return Processes.tail(logFile());
    }

    /** Kills the node and its epmd and deletes the data. May be called more than once. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        Lifeline.ofThisJvm().detach(this);
        if (node != null) {
            Processes.kill(node);
        }
        if (epmd != null) {
            Processes.kill(epmd);
        }
        Lifeline.ofThisJvm().delete(directory);
    }

    @Override
    public String toString() {
        return "RabbitMQ %s on port %d".formatted(installation.version(), port);
    }

    private void writeFiles() {
        try {
            Path home = Files.createDirectory(directory.resolve("home"));
            Path cookie = Files.writeString(
                    home.resolve(".erlang.cookie"), UUID.randomUUID().toString().replace("-", ""));
            Files.setPosixFilePermissions(cookie, PosixFilePermissions.fromString("r--------"));
            Files.writeString(directory.resolve("enabled_plugins"), "[" + String.join(",", options.plugins()) + "].\n");
            Map<String, String> lines = new LinkedHashMap<>();
            lines.put("log.file", "false");
            lines.put("log.console", "true");
            lines.put("log.console.level", "info");
            lines.putAll(options.configuration());
            Files.writeString(
                    directory.resolve("rabbitmq.conf"),
                    lines.entrySet().stream()
                            .map(line -> line.getKey() + " = " + line.getValue() + "\n")
                            .collect(Collectors.joining()));
        } catch (IOException e) {
            throw new TestbedException("RabbitMQ's configuration cannot be written into " + directory, e);
        }
    }

    private Process spawn(List<String> command) {
        try {
            Process process = inEnvironment(command)
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()))
                    .start();
            Lifeline.ofThisJvm().hold(process);
            return process;
        } catch (IOException e) {
            throw new TestbedException(command.get(0) + " cannot be started", e);
        }
    }

    private ProcessBuilder inEnvironment(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("RABBITMQ_") || name.startsWith("ERL_"));
        environment.merge("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", (own, standard) -> own + ":" + standard);
        environment.put("HOME", directory.resolve("home").toString());
        environment.put("ERL_EPMD_PORT", "" + epmdPort);
        environment.put("ERL_EPMD_ADDRESS", "127.0.0.1");
        environment.put("RABBITMQ_NODENAME", NODE);
        environment.put("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1");
        environment.put("RABBITMQ_NODE_PORT", "" + port);
        environment.put("RABBITMQ_DIST_PORT", "" + distributionPort);
        environment.put("RABBITMQ_MNESIA_BASE", directory.resolve("data").toString());
        environment.put("RABBITMQ_LOG_BASE", directory.resolve("log").toString());
        environment.put("RABBITMQ_PID_FILE", directory.resolve("pid").toString());
        environment.put(
                "RABBITMQ_ENABLED_PLUGINS_FILE",
                directory.resolve("enabled_plugins").toString());
        environment.put(
                "RABBITMQ_CONFIG_FILE", directory.resolve("rabbitmq.conf").toString());
        environment.put(
                "RABBITMQ_ADVANCED_CONFIG_FILE",
                directory.resolve("advanced.config").toString());
        environment.put("RABBITMQ_CONF_ENV_FILE", "/dev/null");
        // "Allow input" makes the script exec the Erlang VM instead of standing before it, so that the child's process
        // id is the VM's own. What else the variable switches off is put back: -noinput, and +B i (ignore SIGINT).
        environment.put("RABBITMQ_ALLOW_INPUT", "true");
        environment.put("RABBITMQ_SERVER_START_ARGS", "-noinput +B i");
        environment.put(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none");
        environment.put("RABBITMQ_CTL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none");
        return builder;
    }

    private void awaitAmqp(Process started) {
        Deadline deadline = Deadline.in(options.startTimeout());
        while (!answersAmqp()) {
            if (!started.isAlive()) {
                throw new TestbedException(
                        "%s ended while starting, exit code %d. Log: %s".formatted(this, started.exitValue(), log()));
            }
            if (deadline.isOver()) {
                Processes.kill(started);
                throw new TestbedException("%s did not answer AMQP in %s and was killed. Log: %s"
                        .formatted(this, options.startTimeout(), log()));
            }
            deadline.pause();
        }
    }

    /** An open port is not enough: the broker greets with the frame of connection.start. */
    private boolean answersAmqp() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1_000);
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(AMQP_HEADER);
            InputStream in = socket.getInputStream();
            return in.read() == METHOD_FRAME;
        } catch (IOException e) {
            return false;
        }
    }

    private Path logFile() {
        return directory.resolve("server.log");
    }

    private void closeAfter(RuntimeException failure) {
        try {
            close();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }
}
