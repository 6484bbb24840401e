package io.plainsail.testbed;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What the operating system offers for processes and {@link Process} does not. Thread-safe: no state. */
final class Processes {
    private static final Duration END_AFTER_KILL = Duration.ofSeconds(20);
    private static final int TAIL_BYTES = 6_000;

    private Processes() {}

    /**
     * Runs a command to its end and returns stdout and stderr together.
     *
     * @throws TestbedException if it cannot be started, takes longer than {@code bound} (it is killed then) or exits
     *     with anything but 0; the message has the end of the output
     */
    static String run(ProcessBuilder command, Duration bound) {
        String line = String.join(" ", command.command());
        Path output = null;
        try {
            // Into a file: a pipe would need a thread to empty it, and a grandchild could hold it open for ever.
            output = Files.createTempFile("plainsail-output", ".log");
            Process process = command.redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = awaitEnd(process, bound);
            if (!ended) {
                kill(process);
                throw new TestbedException(
                        "%s: not finished after %s, killed. Output: %s".formatted(line, bound, tail(output)));
            }
            if (process.exitValue() != 0) {
                throw new TestbedException(
                        "%s: exit code %d. Output: %s".formatted(line, process.exitValue(), tail(output)));
            }
            return Files.readString(output);
        } catch (IOException e) {
            throw new TestbedException(line + ": cannot be run", e);
        } finally {
            delete(output);
        }
    }

    /** SIGKILL, and waits until the process has ended. */
    static void kill(Process process) {
        process.destroyForcibly();
        if (!awaitEnd(process, END_AFTER_KILL)) {
            throw new TestbedException(
                    "process %d still there %s after SIGKILL".formatted(process.pid(), END_AFTER_KILL));
        }
    }

    /**
     * SIGKILL to processes that are not this JVM's own children, and waits until they run no more. A zombie counts as
     * ended: it holds no file, port or memory, and init may take its time to reap it.
     */
    static void kill(List<ProcessHandle> processes) {
        processes.forEach(ProcessHandle::destroyForcibly);
        Deadline deadline = Deadline.in(END_AFTER_KILL);
        for (ProcessHandle process : processes) {
            while (isRunning(process)) {
                if (deadline.isOver()) {
                    throw new TestbedException(
                            "process %d still there %s after SIGKILL".formatted(process.pid(), END_AFTER_KILL));
                }
                deadline.pause();
            }
        }
    }

    /** Waits for the end, for at most {@code bound}; false: it still runs. */
    static boolean awaitEnd(Process process, Duration bound) {
        try {
            return process.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TestbedException("interrupted while waiting for the end of process " + process.pid(), e);
        }
    }

    /** Sends a signal that {@link ProcessHandle} does not know, such as {@code STOP}, {@code CONT} or {@code INT}. */
    static void signal(String name, long pid) {
        run(new ProcessBuilder("/bin/sh", "-c", "kill -" + name + " " + pid), Duration.ofSeconds(10));
    }

    /** The end of a log file, for a message; never throws. */
    static String tail(Path file) {
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            long start = Math.max(0, in.length() - TAIL_BYTES);
            byte[] bytes = new byte[(int) (in.length() - start)];
            in.seek(start);
            in.readFully(bytes);
            return (start > 0 ? "…" : "") + new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "(" + file + " cannot be read: " + e.getMessage() + ")";
        }
    }

    /** Whether a process has not ended, this JVM's child or not. A zombie has: see {@link #kill(List)}. */
    static boolean isRunning(long pid) {
        return ProcessHandle.of(pid).filter(Processes::isRunning).isPresent();
    }

    private static boolean isRunning(ProcessHandle process) {
        if (!process.isAlive()) {
            return false;
        }
        try {
            // "pid (name) state …", and the name may itself contain a parenthesis.
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            return !stat.startsWith(") Z", stat.lastIndexOf(')'));
        } catch (IOException e) {
            return process.isAlive(); // Gone meanwhile, or a system without /proc.
        }
    }

    private static void delete(@Nullable Path file) {
        if (file == null) {
            return;
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            file.toFile().deleteOnExit();
        }
    }
}
