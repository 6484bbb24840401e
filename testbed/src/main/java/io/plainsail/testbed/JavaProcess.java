package io.plainsail.testbed;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Another JVM of the same Java as a child process, which a test can kill, freeze and start again.
 *
 * <p>{@snippet :
 * try (JavaProcess facade = JavaProcess.of(FacadeMain.class)
 *         .arguments("server", "config.yml")
 *         .jvmOptions("-Xmx256m")
 *         .start()) {
 *     facade.awaitOutput(Pattern.compile("listening on port (\\d+)"), Duration.ofSeconds(30));
 *     facade.kill();
 *     facade.restart();
 * }
 * }
 *
 * <p>Stdout and stderr go into one file, which grows without a bound until {@link #close()}. {@code close()} ends the
 * child and its descendants; so does the end of this JVM for the child, also by SIGKILL.
 *
 * <p>Thread-safe: calls that change the process exclude each other.
 */
public final class JavaProcess implements AutoCloseable {
    private final Command command;
    private final Path directory;
    private final Path output;

    // Guarded by this.
    private Process process;
    private long runStart;
    private final List<ProcessHandle> descendants = new ArrayList<>();
    private boolean closed;

    private JavaProcess(Command command) {
        this.command = command;
        this.directory = Lifeline.ofThisJvm().newDirectory("plainsail-java");
        this.output = directory.resolve("output.log");
        this.process = spawn();
    }

    /** A command that runs {@code mainClass} with this JVM's class path. */
    public static Command of(Class<?> mainClass) {
        return of(mainClass.getName());
    }

    /** A command that runs the class of that name with this JVM's class path, unless another is set. */
    public static Command of(String mainClass) {
        return new Command(mainClass, System.getProperty("java.class.path"), List.of(), List.of(), Map.of(), null);
    }

    /**
     * What to run. Immutable: each method returns another command.
     *
     * @param environment variables added to this JVM's own
     * @param workingDirectory this JVM's own where null
     */
    public record Command(
            String mainClass,
            String classPath,
            List<String> jvmOptions,
            List<String> arguments,
            Map<String, String> environment,
            @Nullable Path workingDirectory) {
        public Command {
            jvmOptions = List.copyOf(jvmOptions);
            arguments = List.copyOf(arguments);
            environment = Map.copyOf(environment);
        }

        public Command classPath(String other) {
            return new Command(mainClass, other, jvmOptions, arguments, environment, workingDirectory);
        }

        public Command jvmOptions(String... options) {
            return new Command(mainClass, classPath, List.of(options), arguments, environment, workingDirectory);
        }

        public Command arguments(String... words) {
            return new Command(mainClass, classPath, jvmOptions, List.of(words), environment, workingDirectory);
        }

        public Command environment(String name, String value) {
            Map<String, String> more = new LinkedHashMap<>(environment);
            more.put(name, value);
            return new Command(mainClass, classPath, jvmOptions, arguments, more, workingDirectory);
        }

        public Command workingDirectory(Path other) {
            return new Command(mainClass, classPath, jvmOptions, arguments, environment, other);
        }

        /**
         * Starts it and does not wait: see {@link JavaProcess#awaitOutput}.
         *
         * @throws TestbedException if the operating system refuses
         */
        public JavaProcess start() {
            JavaProcess started = new JavaProcess(this);
            Lifeline.ofThisJvm().attach(started);
            return started;
        }
    }

    /** The process id of the current or last run. */
    public synchronized long pid() {
        return process.pid();
    }

    public synchronized boolean isAlive() {
        return process.isAlive();
    }

    /** SIGKILL to the JVM, not to its descendants, and waits until it has ended. Nothing happens if it has. */
    public synchronized void kill() {
        rememberDescendants();
        Processes.kill(process);
    }

    /**
     * SIGTERM, then SIGKILL if it still runs after {@code grace}.
     *
     * @return the exit code: 143 where SIGTERM ended it, 137 where SIGKILL did, its own if it had already ended
     */
    public synchronized int terminate(Duration grace) {
        rememberDescendants();
        process.destroy();
        if (!Processes.awaitEnd(process, grace)) {
            Processes.kill(process);
        }
        return process.exitValue();
    }

    /** SIGSTOP: the JVM stands still until {@link #thaw()}; its connections stay open. */
    public synchronized void freeze() {
        Processes.signal("STOP", runningPid());
    }

    /** SIGCONT. */
    public synchronized void thaw() {
        Processes.signal("CONT", runningPid());
    }

    /**
     * Kills it if it runs, and starts the same command again; its output goes on in the same file.
     *
     * @throws IllegalStateException after {@link #close()}
     */
    public synchronized void restart() {
        if (closed) {
            throw new IllegalStateException(command.mainClass() + " was closed");
        }
        kill();
        process = spawn();
    }

    /**
     * Waits until a line of the current run's output has a match, those already written included.
     *
     * @return the matcher, standing at the first match in that line
     * @throws TestbedException if there is none within {@code bound}, or the process ended without; the message has the
     *     end of the output
     */
    public Matcher awaitOutput(Pattern pattern, Duration bound) {
        Process run;
        long position;
        synchronized (this) {
            run = process;
            position = runStart;
        }
        Deadline deadline = Deadline.in(bound);
        try (RandomAccessFile in = new RandomAccessFile(output.toFile(), "r")) {
            while (true) {
                boolean last = !run.isAlive() || deadline.isOver(); // Before reading: what it wrote at its end counts.
                byte[] news = readFrom(in, position);
                int lineEnd = last ? news.length : lastLineEnd(news);
                for (String line : new String(news, 0, lineEnd, StandardCharsets.UTF_8).split("\\R")) {
                    Matcher matcher = pattern.matcher(line);
                    if (matcher.find()) {
                        return matcher;
                    }
                }
                position += lineEnd;
                if (last) {
                    throw new TestbedException("%s %s without a line like `%s`. Output: %s"
                            .formatted(command.mainClass(), end(run, bound), pattern, outputTail()));
                }
                deadline.pause();
            }
        } catch (IOException e) {
            throw new TestbedException("output of %s in %s cannot be read".formatted(command.mainClass(), output), e);
        }
    }

    /** The file with stdout and stderr of all runs; deleted by {@link #close()}. */
    public Path outputFile() {
        return output;
    }

    /** The last few kilobytes of the output, for the message of a failed test. */
    public String outputTail() {
        return Processes.tail(output);
    }

    /** Kills the JVM and its descendants and deletes the output. May be called more than once. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        Lifeline.ofThisJvm().detach(this);
        kill();
        Processes.kill(descendants);
        Lifeline.ofThisJvm().delete(directory);
    }

    @Override
    public String toString() {
        return "java " + command.mainClass();
    }

    private Process spawn() {
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(command.jvmOptions());
        words.add("-cp");
        words.add(command.classPath());
        words.add(command.mainClass());
        words.addAll(command.arguments());
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        builder.environment().putAll(command.environment());
        if (command.workingDirectory() != null) {
            builder.directory(command.workingDirectory().toFile());
        }
        try {
            runStart = Files.exists(output) ? Files.size(output) : 0;
            Process started = builder.start();
            Lifeline.ofThisJvm().hold(started);
            return started;
        } catch (IOException e) {
            throw new TestbedException("java " + command.mainClass() + " cannot be started", e);
        }
    }

    private long runningPid() {
        if (!process.isAlive()) {
            throw new IllegalStateException("%s has ended, exit code %d".formatted(this, process.exitValue()));
        }
        return process.pid();
    }

    /** Once their parent is dead, nothing says any more whose they were. */
    private void rememberDescendants() {
        process.descendants().forEach(descendants::add);
    }

    private static byte[] readFrom(RandomAccessFile in, long position) throws IOException {
        byte[] news = new byte[(int) (in.length() - position)];
        in.seek(position);
        in.readFully(news);
        return news;
    }

    private static int lastLineEnd(byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        return end;
    }

    private static String end(Process run, Duration bound) {
        return run.isAlive() ? "ran for " + bound : "ended with exit code " + run.exitValue();
    }
}
