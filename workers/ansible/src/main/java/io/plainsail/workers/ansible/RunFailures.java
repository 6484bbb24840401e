package io.plainsail.workers.ansible;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.subprocess.Ending;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What failed runs are called. Only one that changed nothing may be attempted again. */
final class RunFailures {
    private static final int TOLD_TASKS = 5;
    private static final int MAX_MESSAGE = 3_000;

    private RunFailures() {}

    /** Null for a run that went well. */
    static @Nullable JobFailedException of(RunEvents events, int rc, List<String> errors, Ending ending) {
        if (ending.tooMuchOutput()) {
            return failure(ErrorCategory.LIMIT_EXCEEDED, "output", "ansible-runner said too much and was ended");
        }
        if (events.complete() && events.hostsWith("failed") > 0) {
            return failure(
                    ErrorCategory.REJECTED,
                    "task-failed",
                    "tasks failed on " + events.hostsWith("failed") + " hosts, " + events.hostsWith("unreachable")
                            + " were unreachable: " + tasks(events, false));
        }
        if (events.complete() && events.hostsWith("unreachable") > 0) {
            String told = events.hostsWith("unreachable") + " hosts were unreachable: " + tasks(events, true);
            return events.changed() == 0 && events.hostsWith("changed") == 0
                    ? failure(ErrorCategory.UNAVAILABLE, "unreachable", told)
                    : failure(
                            ErrorCategory.REJECTED,
                            "unreachable-after-changes",
                            told + "; other tasks have changed something, so it is not attempted again by itself");
        }
        if (rc == 0 && ending.exit() == 0) {
            return null;
        }
        List<String> said = new ArrayList<>(events.said());
        said.addAll(errors);
        String text = said.isEmpty() ? "nothing" : String.join(" / ", said);
        if (events.playsBegan()) {
            return failure(
                    ErrorCategory.REJECTED, "ansible-error", "the run ended with status " + rc + ", saying: " + text);
        }
        if (text.contains("no hosts to target")
                || text.contains("No inventory was parsed")
                || text.contains("none could be parsed")
                || text.contains("Completely failed to parse inventory")) {
            return failure(ErrorCategory.INVALID_INPUT, "inventory", "no hosts were found; Ansible says: " + text);
        }
        return rc == 4
                ? failure(ErrorCategory.INVALID_INPUT, "syntax", "the playbook cannot be read; Ansible says: " + text)
                : failure(
                        ErrorCategory.REJECTED,
                        "ansible-error",
                        "ansible-playbook ended with status " + rc + " before the first play, saying: " + text);
    }

    private static String tasks(RunEvents events, boolean unreachable) {
        return events.failedTasks().stream()
                .filter(task -> task.unreachable() == unreachable && !task.ignored())
                .limit(TOLD_TASKS)
                .map(RunEvents.FailedTask::text)
                .collect(Collectors.joining("; "));
    }

    private static JobFailedException failure(ErrorCategory category, String code, String message) {
        return new JobFailedException(
                category, code, message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) + "…" : message);
    }
}
