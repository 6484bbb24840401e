package io.plainsail.cli;

import io.plainsail.client.Job;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Jobs as people read them. */
final class JobTable {
    private JobTable() {}

    static void list(Screen screen, List<Job> jobs) {
        if (jobs.isEmpty()) {
            screen.say("none");
            return;
        }
        screen.table(
                List.of("id", "type", "state", "accepted", "ran", "labels", "error"),
                jobs.stream()
                        .map(job -> List.of(
                                job.id().toString(),
                                job.type() + " v" + job.version(),
                                job.state().word(),
                                job.acceptedAt().truncatedTo(ChronoUnit.SECONDS).toString(),
                                ran(job),
                                labels(job.labels()),
                                job.error() == null ? "" : error(job.error())))
                        .toList());
    }

    static void one(Screen screen, Job job) {
        List<List<String>> fields = new ArrayList<>();
        fields.add(List.of("id", job.id().toString()));
        fields.add(List.of("type", job.type() + " v" + job.version()));
        fields.add(List.of("state", job.state().word()));
        fields.add(List.of("reason", text(job.reason())));
        fields.add(List.of("labels", labels(job.labels())));
        fields.add(List.of("accepted", job.acceptedAt().toString()));
        fields.add(List.of("started", text(job.startedAt())));
        fields.add(List.of("finished", text(job.finishedAt())));
        fields.add(List.of("next attempt", text(job.nextAttemptAt())));
        Job.Progress progress = job.ended() ? null : job.progress();
        if (progress != null) {
            fields.add(List.of(
                    "progress",
                    (progress.percent() == null ? "" : JobWatch.bar(progress.percent()) + " ")
                            + text(progress.message())));
        }
        for (Job.Attempt attempt : job.attempts()) {
            fields.add(List.of("attempt " + attempt.number(), attempt(attempt)));
        }
        fields.add(List.of("error", job.error() == null ? "" : error(job.error())));
        fields.add(List.of("output", job.output() == null ? "" : job.output().toString()));
        Job.File file = job.file();
        fields.add(List.of(
                "file", file == null ? "" : file.mediaType() + ", " + file.size() + " bytes, " + file.digest()));
        fields.add(List.of("replay of", last(job.links().getOrDefault("origin", ""))));
        fields.add(List.of("replayed as", last(job.links().getOrDefault("replay", ""))));
        screen.fields(fields);
    }

    private static String attempt(Job.Attempt attempt) {
        List<String> parts = new ArrayList<>();
        parts.add(text(attempt.instance()) + " on " + text(attempt.host()) + ", release " + text(attempt.release()));
        if (attempt.startedAt() != null) {
            parts.add("from " + attempt.startedAt());
        }
        if (attempt.finishedAt() != null) {
            parts.add("to " + attempt.finishedAt());
        }
        if (attempt.reason() != null) {
            parts.add(attempt.reason());
        }
        if (attempt.error() != null) {
            parts.add(error(attempt.error()));
        }
        return String.join("; ", parts);
    }

    private static String error(Job.Error error) {
        return error.code() + ": " + error.message() + " (" + error.category() + ")";
    }

    private static String ran(Job job) {
        if (job.startedAt() == null || job.finishedAt() == null) {
            return "";
        }
        long millis =
                Math.max(0, Duration.between(job.startedAt(), job.finishedAt()).toMillis());
        return millis < 10_000 ? millis + " ms" : millis / 1_000 + " s";
    }

    private static String labels(Map<String, String> labels) {
        return labels.entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .collect(Collectors.joining(", "));
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static String text(@org.jspecify.annotations.Nullable Object value) {
        return value == null ? "" : value.toString();
    }
}
