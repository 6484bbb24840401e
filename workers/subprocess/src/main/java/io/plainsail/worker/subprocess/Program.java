package io.plainsail.worker.subprocess;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A program to be run once.
 *
 * @param command its path, absolute, and its arguments. No shell reads them
 * @param directory in which it begins; it must be there
 * @param environment all that it finds in its environment, beside the mark by which its processes are known
 * @param input what it reads from its standard input
 * @param limits what it may use
 * @param output what it may say
 */
public record Program(
        List<String> command,
        Path directory,
        Map<String, String> environment,
        byte[] input,
        Limits limits,
        OutputBounds output) {

    public Program {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        if (command.isEmpty() || !command.get(0).startsWith("/")) {
            throw new IllegalArgumentException("command is " + command + ": must begin with an absolute path");
        }
    }

    /**
     * Bounds that the kernel keeps, each for every single process; 0 for none.
     *
     * @param cpuSeconds of processor time; past it the process is killed
     * @param memoryBytes of address space: allocating more fails
     * @param fileBytes of one file; writing more fails
     * @param processes of this user, these and others: starting more fails. Not kept for root
     */
    public record Limits(long cpuSeconds, long memoryBytes, long fileBytes, long processes) {
        public static final Limits NONE = new Limits(0, 0, 0, 0);

        public Limits {
            atLeastZero("cpuSeconds", cpuSeconds);
            atLeastZero("memoryBytes", memoryBytes);
            atLeastZero("fileBytes", fileBytes);
            atLeastZero("processes", processes);
        }

        private static void atLeastZero(String field, long value) {
            if (value < 0) {
                throw new IllegalArgumentException(field + " is " + value + ": must be 0, for no limit, or more");
            }
        }
    }

    /**
     * For standard output and standard error each.
     *
     * @param lineBytes of one line; the rest of a longer one is passed over
     * @param bytes in all; a program that says more is ended
     */
    public record OutputBounds(int lineBytes, long bytes) {
        public static final OutputBounds STANDARD = new OutputBounds(64 * 1024, 64L * 1024 * 1024);

        public OutputBounds {
            if (lineBytes < 1 || bytes < 1) {
                throw new IllegalArgumentException(
                        "output bounds are " + lineBytes + " and " + bytes + " bytes: must be 1 or more");
            }
        }
    }

    /**
     * How long a program may take to end by itself once it is asked to, by SIGTERM. A worker that gives it so long waits
     * longer for an interrupted handler than its {@code attempts.abandonGrace} and {@code drainHandBack} are by default.
     */
    public static final Duration GRACE = Duration.ofSeconds(3);
}
