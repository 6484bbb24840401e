package io.plainsail.workers.exec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.TraceContext;
import io.plainsail.messaging.trace.Tracing;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobSnoozedException;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.subprocess.Ending;
import io.plainsail.worker.subprocess.Program;
import io.plainsail.worker.subprocess.RunDirectories;
import io.plainsail.worker.subprocess.RunDirectories.RunDirectory;
import io.plainsail.worker.subprocess.Subprocesses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs one of the configured programs for an attempt, and makes an outcome of what it wrote and how it ended. */
final class ProgramHandler {
    static final int MAX_LINE_BYTES = 4 * 1024 * 1024;
    static final long MAX_OUTPUT_BYTES = 64L * 1024 * 1024;

    /** sysexits.h: EX_DATAERR and EX_TEMPFAIL. */
    private static final int INPUT_WRONG = 65;

    private static final int TRY_AGAIN = 75;

    private static final int SIGNALLED = 128;
    private static final int KILLED = SIGNALLED + 9;
    private static final int CPU_LIMIT = SIGNALLED + 24;
    private static final int FILE_LIMIT = SIGNALLED + 25;

    private final String name;
    private final ExecConfig.Handler handler;
    private final Subprocesses subprocesses;
    private final RunDirectories directories;
    private final Clock clock;
    private final Map<String, String> workersOwn;

    ProgramHandler(
            String name,
            ExecConfig.Handler handler,
            Subprocesses subprocesses,
            RunDirectories directories,
            Clock clock,
            Map<String, String> workersOwn) {
        this.name = name;
        this.handler = handler;
        this.subprocesses = subprocesses;
        this.directories = directories;
        this.clock = clock;
        this.workersOwn = workersOwn;
    }

    Outcome run(JobContext job, JsonNode input)
            throws JobFailedException, JobSnoozedException, InterruptedException, IOException {
        RunDirectory directory = directories.open(job.jobId() + "." + job.attempt());
        try {
            ProgramOutput output = new ProgramOutput(job);
            Program program = program(job, bytes(input), directory.path());
            Ending ending = subprocesses.run(program, output::line, (line, cut) -> job.log(line), Program.GRACE);
            if (ending.leftBehind() > 0) {
                job.log("The program left " + ending.leftBehind() + " processes behind; they were ended.");
            }
            return outcome(ending, output, directory.path());
        } finally {
            directory.close();
        }
    }

    private static byte[] bytes(JsonNode input) throws JsonProcessingException {
        return JobContext.MAPPER.writeValueAsBytes(input);
    }

    private Program program(JobContext job, byte[] input, Path directory) throws IOException {
        Map<String, String> environment = new HashMap<>();
        environment.put("PATH", "/usr/local/bin:/usr/bin:/bin");
        environment.put("LANG", "C.UTF-8");
        environment.put("HOME", directory.toString());
        environment.put("TMPDIR", directory.toString());
        for (String variable : handler.inherit()) {
            String value = workersOwn.get(variable);
            if (value != null) {
                environment.put(variable, value);
            }
        }
        environment.putAll(handler.environment());
        environment.put("PLAINSAIL_JOB_ID", job.jobId().toString());
        environment.put("PLAINSAIL_JOB_TYPE", job.jobType().toString());
        environment.put("PLAINSAIL_ATTEMPT", Integer.toString(job.attempt()));
        environment.put("PLAINSAIL_DEADLINE", job.deadline().toString());
        TraceContext trace = Tracing.current();
        if (trace != null) {
            environment.put("TRACEPARENT", trace.traceparent());
            if (trace.tracestate() != null) {
                environment.put("TRACESTATE", trace.tracestate());
            }
        }
        boolean inFile = handler.input() == ExecConfig.Input.FILE;
        if (inFile) {
            Path file = Files.write(directory.resolve("input.json"), input);
            environment.put("PLAINSAIL_INPUT", file.toString());
        }
        return new Program(
                handler.command(),
                directory,
                environment,
                inFile ? new byte[0] : input,
                handler.limits(),
                new Program.OutputBounds(MAX_LINE_BYTES, MAX_OUTPUT_BYTES));
    }

    private Outcome outcome(Ending ending, ProgramOutput output, Path directory)
            throws JobFailedException, JobSnoozedException {
        if (ending.tooMuchOutput()) {
            throw failed(ErrorCategory.LIMIT_EXCEEDED, "output", "it wrote more than " + MAX_OUTPUT_BYTES + " bytes");
        }
        if (output.broken() != null) {
            throw failed(ErrorCategory.REJECTED, "protocol", output.broken());
        }
        Duration rest = output.rest();
        if (ending.exit() == TRY_AGAIN && rest != null && output.snooze()) {
            throw new JobSnoozedException(clock.instant().plus(rest), name + " put the job off");
        }
        ProgramOutput.Error error = output.error();
        if (error != null || ending.exit() != 0) {
            JobFailedException failure = error == null
                    ? byStatus(ending.exit())
                    : failed(
                            error.category() == null ? categoryOf(ending.exit()) : error.category(),
                            error.code(),
                            error.message());
            throw rest == null ? failure : failure.notBefore(clock.instant().plus(rest));
        }
        JsonNode result = output.result();
        Outcome done = Outcome.of(result == null ? JsonNodeFactory.instance.objectNode() : result);
        ProgramOutput.File file = output.file();
        return file == null ? done : done.withFile(made(file, directory));
    }

    private Outcome.File made(ProgramOutput.File file, Path directory) throws JobFailedException {
        Path path = inside(directory, file.path());
        if (path == null) {
            throw failed(
                    ErrorCategory.REJECTED,
                    "protocol",
                    "file.path is \"" + file.path() + "\": must be a regular file below its directory, and no link");
        }
        return new Outcome.OnDisk(file.mediaType(), path);
    }

    /** A link could hand out any file that this user may read. */
    private static @Nullable Path inside(Path directory, String relative) {
        try {
            Path path = directory.resolve(relative).normalize();
            if (!path.startsWith(directory)) {
                return null;
            }
            for (Path step = path; step != null && !step.equals(directory); step = step.getParent()) {
                if (Files.isSymbolicLink(step)) {
                    return null;
                }
            }
            return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) ? path : null;
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private JobFailedException byStatus(int exit) {
        Program.Limits limits = handler.limits();
        if (exit == CPU_LIMIT || (exit == KILLED && limits.cpuSeconds() > 0)) {
            return failed(
                    ErrorCategory.LIMIT_EXCEEDED,
                    "cpu-limit",
                    "it was killed, most likely at its limit of " + limits.cpuSeconds() + " s of processor time");
        }
        if (exit == FILE_LIMIT) {
            return failed(
                    ErrorCategory.LIMIT_EXCEEDED,
                    "file-limit",
                    "it wrote a file past its limit of " + limits.fileBytes() + " bytes");
        }
        String how = exit > SIGNALLED ? "it was ended by signal " + (exit - SIGNALLED) : "its exit status is " + exit;
        return failed(categoryOf(exit), exit > SIGNALLED ? "signal" : "exit-status", how);
    }

    private static ErrorCategory categoryOf(int exit) {
        if (exit > SIGNALLED) {
            return ErrorCategory.INTERNAL;
        }
        return switch (exit) {
            case INPUT_WRONG -> ErrorCategory.INVALID_INPUT;
            case TRY_AGAIN -> ErrorCategory.UNAVAILABLE;
            default -> ErrorCategory.REJECTED;
        };
    }

    private JobFailedException failed(ErrorCategory category, String code, @Nullable String message) {
        return new JobFailedException(category, code, name + ": " + message);
    }
}
