package io.plainsail.workers.exec;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.plainsail.worker.subprocess.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the exec worker.
 *
 * @param directory where each attempt gets a directory of its own; default {@code .plainsail/exec}
 * @param keepRuns so many directories of ended attempts are kept, for people to look at, and for as long as a result file
 *     may wait for the facade; 10 to 10,000, default 100
 * @param keepFor and none longer; 1 min to 30 d, default PT1H
 * @param handlers the programs, by the names that jobs give
 * @param jobTypes job types of their own
 */
public record ExecConfig(
        Path directory, int keepRuns, Duration keepFor, Map<String, Handler> handlers, List<OwnType> jobTypes) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final long MIB = 1024 * 1024;

    public ExecConfig {
        handlers = Map.copyOf(handlers);
        jobTypes = List.copyOf(jobTypes);
        check(keepRuns >= 10 && keepRuns <= 10_000, "keepRuns is " + keepRuns + ": must be 10 to 10000");
        check(
                keepFor.compareTo(Duration.ofMinutes(1)) >= 0 && keepFor.compareTo(Duration.ofDays(30)) <= 0,
                "keepFor is " + keepFor + ": must be PT1M to P30D");
        handlers.keySet()
                .forEach(name -> check(
                        NAME.matcher(name).matches(),
                        "handlers has the name \"" + name + "\": must match " + NAME.pattern()));
        for (int i = 0; i < jobTypes.size(); i++) {
            String handler = jobTypes.get(i).handler();
            check(
                    handlers.containsKey(handler),
                    "jobTypes[" + i + "].handler is \"" + handler + "\": must be one of " + names(handlers));
        }
    }

    /** A program's names in the order in which people look for them. */
    static List<String> names(Map<String, Handler> handlers) {
        return handlers.keySet().stream().sorted().toList();
    }

    /** How a program gets its input. */
    public enum Input {
        /** On its standard input. */
        @JsonProperty("stdin")
        STDIN,
        /** In a file, whose path is in {@code PLAINSAIL_INPUT}; for programs that read it twice, or want a path. */
        @JsonProperty("file")
        FILE
    }

    /**
     * A program.
     *
     * @param command its absolute path and its arguments; no shell reads them, and nothing of a job gets into them
     * @param environment variables that it finds, beside those that every program has
     * @param inherit names of variables of the worker's own environment that it finds as well
     * @param input default stdin
     * @param limits default none
     */
    public record Handler(
            List<String> command,
            Map<String, String> environment,
            List<String> inherit,
            Input input,
            Program.Limits limits) {

        public Handler {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
            inherit = List.copyOf(inherit);
            check(
                    !command.isEmpty() && command.get(0).startsWith("/"),
                    "command is " + command + ": must begin with the absolute path of a program");
            check(
                    Files.isRegularFile(Path.of(command.get(0))) && Files.isExecutable(Path.of(command.get(0))),
                    "command begins with " + command.get(0) + ": must be a file that can be executed");
            for (String name : environment.keySet()) {
                variable("environment", name);
            }
            inherit.forEach(name -> variable("inherit", name));
        }

        private static void variable(String field, String name) {
            check(
                    VARIABLE.matcher(name).matches() && !name.startsWith("PLAINSAIL_"),
                    field + " has the name \"" + name + "\": must match " + VARIABLE.pattern()
                            + " and not begin with PLAINSAIL_");
        }

        @JsonCreator
        static Handler of(
                @JsonProperty(value = "command", required = true) List<String> command,
                @JsonProperty("environment") @Nullable Map<String, String> environment,
                @JsonProperty("inherit") @Nullable List<String> inherit,
                @JsonProperty("input") @Nullable Input input,
                @JsonProperty("limits") @Nullable Limits limits) {
            return new Handler(
                    command,
                    environment == null ? Map.of() : environment,
                    inherit == null ? List.of() : inherit,
                    input == null ? Input.STDIN : input,
                    limits == null ? Program.Limits.NONE : limits.program());
        }
    }

    /** As the file writes them; 0 or left out: no limit. */
    record Limits(long cpuSeconds, long memoryMiB, long fileMiB, long processes) {
        Program.Limits program() {
            return new Program.Limits(
                    cpuSeconds, Math.multiplyExact(memoryMiB, MIB), Math.multiplyExact(fileMiB, MIB), processes);
        }
    }

    /**
     * A job type whose work a program does.
     *
     * @param contract directory {@code <type>/v<N>} with contract.yaml and the two schemas
     * @param handler name of the program; the job's whole input is what it reads
     */
    public record OwnType(Path contract, String handler) {}

    /** Fills in what a configuration file leaves out. */
    @JsonCreator
    static ExecConfig of(
            @JsonProperty("directory") @Nullable Path directory,
            @JsonProperty("keepRuns") @Nullable Integer keepRuns,
            @JsonProperty("keepFor") @Nullable String keepFor,
            @JsonProperty("handlers") @Nullable Map<String, Handler> handlers,
            @JsonProperty("jobTypes") @Nullable List<OwnType> jobTypes) {
        return new ExecConfig(
                directory == null ? Path.of(".plainsail/exec") : directory,
                keepRuns == null ? 100 : keepRuns,
                keepFor == null ? Duration.ofHours(1) : duration(keepFor),
                handlers == null ? Map.of() : new LinkedHashMap<>(handlers),
                jobTypes == null ? List.of() : jobTypes);
    }

    private static Duration duration(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "keepFor is \"" + text + "\": must be an ISO 8601 duration such as PT1H", e);
        }
    }

    private static void check(boolean fits, String otherwise) {
        if (!fits) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
