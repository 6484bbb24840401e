package io.plainsail.worker.subprocess;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs programs, and leaves none of their processes behind:
 *
 * <ol>
 *   <li>a program begins in a session of its own, within its limits, with a mark in its environment that all its
 *       descendants inherit;
 *   <li>if the calling thread is interrupted, its first process is asked to end, by SIGTERM;
 *   <li>when that has ended, or its grace is over, every process of its session, with its mark or below it is killed, until
 *       none is left;
 *   <li>{@link #close} does the same at once to all that still run: whoever ends this process calls it first;
 *   <li>if this process is killed, the first process is with it, by the kernel; the next one {@link #reap}s the rest.
 * </ol>
 *
 * <p>What escapes: a process that left session, mark and parents behind, and one of another user that this one may not
 * signal. A service manager that ends whole control groups gets those too. Thread-safe.
 */
public final class Subprocesses implements AutoCloseable {
    /** Name of the mark in the environment. */
    static final String MARK = "PLAINSAIL_SUBPROCESS";

    private static final Logger LOG = LoggerFactory.getLogger(Subprocesses.class);
    private static final Duration KILL_BOUND = Duration.ofSeconds(10);
    private static final Duration READ_BOUND = Duration.ofSeconds(15);
    private static final long LOOK_AGAIN_MILLIS = 20;

    private final String owner;
    private final String mark;

    // Guarded by running.
    private final Map<String, Process> running = new HashMap<>(); // By their marks.
    private boolean closed;

    private Subprocesses(String owner) {
        this.owner = owner;
        long pid = ProcessHandle.current().pid();
        this.mark = owner + ":" + pid + ":" + ProcessTable.startedAt(pid) + ":";
    }

    /**
     * Subprocesses of a worker service.
     *
     * @param service name of the service, lower-case letters, digits and dashes
     * @throws IllegalStateException if this system has not what it takes, naming what is missing
     */
    public static Subprocesses of(String service) {
        if (!service.matches("[a-z0-9-]+")) {
            throw new IllegalArgumentException(
                    "service is \"" + service + "\": must be lower-case letters, digits and dashes");
        }
        for (String tool : List.of("/usr/bin/setsid", "/usr/bin/setpriv", "/usr/bin/prlimit", "/proc/self/stat")) {
            if (!Files.isReadable(Path.of(tool))) {
                throw new IllegalStateException(tool + " is missing: programs are run on Linux with util-linux only");
            }
        }
        return new Subprocesses(service);
    }

    /**
     * Runs a program to its end.
     *
     * @param output is given the lines of standard output; what it throws ends the program and is thrown here
     * @param errors is given the lines of standard error; the same
     * @param grace how long it may take to end once it is asked to
     * @throws IOException if it cannot be started
     * @throws IllegalStateException if what it said could not be read to its end
     * @throws InterruptedException if the calling thread was interrupted, or this was closed; none of its processes is left
     *     then
     */
    public Ending run(Program program, Lines output, Lines errors, Duration grace)
            throws IOException, InterruptedException {
        String itsMark = mark + UUID.randomUUID();
        Process process = start(program, itsMark);
        AtomicBoolean tooMuch = new AtomicBoolean();
        AtomicReference<@Nullable Throwable> refused = new AtomicReference<>();
        List<Thread> readers = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        int left = 0;
        boolean interrupted = false;
        try {
            readers.add(reading(process, process.getInputStream(), program, output, tooMuch, refused));
            readers.add(reading(process, process.getErrorStream(), program, errors, tooMuch, refused));
            threads.addAll(readers);
            threads.add(thread(process, "input", () -> write(process, program.input())));
            threads.forEach(Thread::start);
            process.waitFor();
        } catch (InterruptedException e) {
            interrupted = true;
            process.toHandle().destroy();
            interrupted |= !endsWithin(process, grace);
        } finally {
            left = endAll(process, itsMark);
            ended(itsMark);
        }
        interrupted |= join(threads);
        boolean isCut = readers.stream().anyMatch(Thread::isAlive);
        // Only now: it closes the streams, with what is still in them.
        process.destroyForcibly();
        if (interrupted || isClosed()) {
            throw new InterruptedException("the program was ended");
        }
        Throwable thrown = refused.get();
        if (thrown instanceof RuntimeException e) {
            throw e;
        }
        if (thrown instanceof Error e) {
            throw e;
        }
        if (isCut) {
            throw new IllegalStateException("what the program said was not read to its end within " + READ_BOUND);
        }
        return new Ending(process.exitValue(), tooMuch.get(), left);
    }

    /**
     * Ends what earlier processes of this service on this machine have left behind, if those run no more. To be called when
     * the service starts.
     *
     * @return how many processes were ended
     */
    public int reap() {
        int reaped = kill(seen -> isOrphan(seen.mark()), List.of());
        if (reaped > 0) {
            LOG.warn("{} processes that an earlier {} worker had left behind were ended", reaped, owner);
        }
        return reaped;
    }

    /** Kills what runs, and lets nothing more begin. Whoever waits for a program is told that it was interrupted. */
    @Override
    public void close() {
        List<Process> left;
        synchronized (running) {
            closed = true;
            left = List.copyOf(running.values());
        }
        if (left.isEmpty()) {
            return;
        }
        Set<Long> sessions = left.stream().map(Process::pid).collect(Collectors.toSet());
        List<ProcessHandle> below = left.stream().flatMap(Process::descendants).toList();
        left.forEach(process -> process.toHandle().destroyForcibly());
        kill(seen -> seen.mark().startsWith(mark) || sessions.contains(seen.session()), below);
        LOG.warn("{} programs of the {} worker that had not ended were killed", left.size(), owner);
    }

    private boolean isClosed() {
        synchronized (running) {
            return closed;
        }
    }

    private void ended(String itsMark) {
        synchronized (running) {
            running.remove(itsMark);
        }
    }

    private boolean isOrphan(String itsMark) {
        String[] words = itsMark.split(":", -1);
        return words.length == 4
                && words[0].equals(owner)
                && ProcessTable.startedAt(Long.parseLong(words[1])) != Long.parseLong(words[2]);
    }

    private Process start(Program program, String itsMark) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("/usr/bin/setsid", "/usr/bin/setpriv", "--pdeathsig", "KILL"));
        command.addAll(limited(program.limits()));
        command.addAll(program.command());
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(program.directory().toFile());
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.putAll(program.environment());
        environment.put(MARK, itsMark);
        if (!Files.isExecutable(Path.of(program.command().get(0)))) {
            throw new IOException(program.command().get(0) + " cannot be executed");
        }
        synchronized (running) {
            if (closed) {
                throw new InterruptedException("no program is begun any more");
            }
            Process process = builder.start();
            running.put(itsMark, process);
            return process;
        }
    }

    private static List<String> limited(Program.Limits limits) {
        List<String> words = new ArrayList<>(List.of("/usr/bin/prlimit", "--core=0"));
        addLimit(words, "--cpu=", limits.cpuSeconds());
        addLimit(words, "--as=", limits.memoryBytes());
        addLimit(words, "--fsize=", limits.fileBytes());
        addLimit(words, "--nproc=", limits.processes());
        words.add("--");
        return words;
    }

    private static void addLimit(List<String> words, String option, long value) {
        if (value > 0) {
            words.add(option + value);
        }
    }

    private static Thread reading(
            Process process,
            InputStream stream,
            Program program,
            Lines lines,
            AtomicBoolean tooMuch,
            AtomicReference<@Nullable Throwable> refused) {
        return thread(process, "output", () -> {
            try {
                if (!new LineReader(program.output(), lines).readAll(stream)) {
                    tooMuch.set(true);
                    process.toHandle().destroyForcibly();
                }
            } catch (IOException e) {
                // It is closed: nothing more comes.
            } catch (Throwable thrown) {
                refused.compareAndSet(null, thrown);
                process.toHandle().destroyForcibly();
            }
        });
    }

    private static void write(Process process, byte[] input) {
        try (OutputStream stream = process.getOutputStream()) {
            stream.write(input);
        } catch (IOException e) {
            // It does not read it, and need not.
        }
    }

    private static Thread thread(Process process, String role, Runnable body) {
        Thread thread = new Thread(body, "plainsail-subprocess-" + process.pid() + "-" + role);
        thread.setDaemon(true);
        return thread;
    }

    /** Waits, whatever interrupts; false if it was interrupted. */
    private static boolean endsWithin(Process process, Duration bound) {
        long end = System.nanoTime() + bound.toNanos();
        boolean quiet = true;
        while (process.isAlive() && System.nanoTime() < end) {
            try {
                process.waitFor(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                quiet = false;
            }
        }
        return quiet;
    }

    private static int endAll(Process process, String itsMark) {
        long session = process.pid();
        List<ProcessHandle> below = process.descendants().toList();
        boolean itself = process.isAlive();
        process.toHandle().destroyForcibly();
        int ended = kill(seen -> seen.mark().equals(itsMark) || seen.session() == session, below);
        endsWithin(process, KILL_BOUND);
        return Math.max(0, itself ? ended - 1 : ended);
    }

    /** Kills until two looks find nobody; returns how many there were. */
    private static int kill(Predicate<ProcessTable.Seen> wanted, List<ProcessHandle> also) {
        Set<Long> killed = new HashSet<>();
        also.stream()
                .filter(ProcessHandle::destroyForcibly)
                .map(ProcessHandle::pid)
                .forEach(killed::add);
        long end = System.nanoTime() + KILL_BOUND.toNanos();
        int empty = 0;
        while (empty < 2 && System.nanoTime() < end) {
            List<ProcessTable.Seen> found = ProcessTable.find(wanted);
            found.forEach(seen -> {
                seen.process().destroyForcibly();
                killed.add(seen.process().pid());
            });
            empty = found.isEmpty() ? empty + 1 : 0;
            if (!found.isEmpty()) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_AGAIN_MILLIS));
            }
        }
        if (empty < 2) {
            String left = ProcessTable.find(wanted).stream()
                    .map(seen -> Long.toString(seen.process().pid()))
                    .collect(Collectors.joining(", "));
            LOG.error("Processes {} do not end although they were killed, or are not this user's to kill", left);
        }
        return killed.size();
    }

    /** True if it was interrupted. Nobody is left who could hold the streams open. */
    private static boolean join(List<Thread> threads) {
        boolean interrupted = false;
        long end = System.nanoTime() + READ_BOUND.toNanos();
        for (Thread thread : threads) {
            while (thread.isAlive() && System.nanoTime() < end) {
                try {
                    TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, end - System.nanoTime()));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        return interrupted;
    }
}
