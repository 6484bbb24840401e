package io.plainsail.facade.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.NewJob;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A job as the API shows it. Times are RFC 3339 UTC, durations ISO 8601. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record JobView(
        UUID id,
        String type,
        int version,
        String state,
        @Nullable String reason,
        Map<String, String> labels,
        String timeout,
        @Nullable RetryView retry,
        @Nullable String startBy,
        @Nullable String endBy,
        String acceptedAt,
        @Nullable String startedAt,
        @Nullable String finishedAt,
        @Nullable String nextAttemptAt,
        @Nullable Timings timings,
        @Nullable ProgressView progress,
        List<AttemptView> attempts,
        @Nullable String onRelease,
        @Nullable RawJson output,
        @Nullable ResultView result,
        @Nullable ErrorView error,
        Map<String, String> links) {

    /** @param queued from acceptance to start; @param ran from start to end */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Timings(@Nullable String queued, @Nullable String ran) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ProgressView(@Nullable Double percent, @Nullable String message, String at) {}

    /** What the caller allowed of the contract's policy. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record RetryView(@Nullable Integer attempts, @Nullable String maxBackoff) {}

    /** @param reason why another attempt followed */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record AttemptView(
            int number,
            @Nullable String service,
            @Nullable String instance,
            @Nullable String host,
            @Nullable String release,
            @Nullable String startedAt,
            @Nullable String finishedAt,
            @Nullable String reason,
            @Nullable ErrorView error) {}

    record ResultView(String mediaType, long size, String digest) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ErrorView(
            String category,
            String code,
            String message,
            @Nullable String errorClass,
            @Nullable String stackDigest,
            @Nullable String fingerprint) {}

    /** JSON that is written as it is. */
    record RawJson(
            @com.fasterxml.jackson.annotation.JsonValue @JsonRawValue
            String json) {}

    static String path(UUID id) {
        return "/v1/jobs/" + id;
    }

    static JobView accepted(NewJob job) {
        return new JobView(
                job.id(),
                job.jobType().name(),
                job.jobType().version(),
                JobState.QUEUED.word(),
                null,
                job.labels(),
                job.timeout().toString(),
                retry(job.retryBounds()),
                text(job.limits().startBy()),
                text(job.limits().endBy()),
                job.acceptedAt().toString(),
                null,
                null,
                null,
                null,
                null,
                List.of(),
                job.onRelease(),
                null,
                null,
                null,
                Map.of("self", path(job.id())));
    }

    static JobView of(Job job) {
        return of(job, null);
    }

    /** @param replay the job that repeats this one, if there is one */
    static JobView of(Job job, @Nullable UUID replay) {
        JobType type = job.jobType();
        ErrorView error = error(job);
        Instant started = job.startedAt();
        Instant finished = job.finishedAt();
        return new JobView(
                job.id(),
                type.name(),
                type.version(),
                job.state().word(),
                job.reason(),
                job.labels(),
                job.timeout().toString(),
                retry(job.retryBounds()),
                text(job.limits().startBy()),
                text(job.limits().endBy()),
                job.acceptedAt().toString(),
                text(started),
                text(finished),
                text(job.retryAt()),
                started == null
                        ? null
                        : new Timings(
                                between(job.acceptedAt(), started),
                                finished == null ? null : between(started, finished)),
                job.progress() == null
                        ? null
                        : new ProgressView(
                                job.progress().percent(),
                                job.progress().message(),
                                job.progress().at().toString()),
                attempts(job),
                job.onRelease(),
                job.output() == null ? null : new RawJson(new String(job.output(), StandardCharsets.UTF_8)),
                job.file() == null
                        ? null
                        : new ResultView(
                                job.file().mediaType(),
                                job.file().size(),
                                job.file().digest()),
                error,
                links(job, replay));
    }

    private static Map<String, String> links(Job job, @Nullable UUID replay) {
        Map<String, String> links = new LinkedHashMap<>();
        links.put("self", path(job.id()));
        if (job.state() == JobState.SUCCEEDED) {
            links.put("result", path(job.id()) + "/result");
        }
        if (job.replayOf() != null) {
            links.put("origin", path(job.replayOf()));
        }
        if (replay != null) {
            links.put("replay", path(replay));
        }
        return links;
    }

    private static @Nullable RetryView retry(RetryBounds bounds) {
        return bounds.equals(RetryBounds.NONE)
                ? null
                : new RetryView(
                        bounds.attempts(),
                        bounds.maxBackoff() == null ? null : bounds.maxBackoff().toString());
    }

    /** The earlier attempts, and the current one once it is known to have begun. */
    private static List<AttemptView> attempts(Job job) {
        List<AttemptView> views = new ArrayList<>();
        for (Job.EndedAttempt ended : job.earlier()) {
            views.add(attempt(
                    ended.number(),
                    ended.worker(),
                    ended.startedAt(),
                    ended.endedAt(),
                    ended.reason(),
                    ended.failure()));
        }
        if (job.startedAt() != null) {
            views.add(attempt(job.attempt(), job.worker(), job.startedAt(), job.finishedAt(), null, job.failure()));
        }
        return views;
    }

    private static AttemptView attempt(
            int number,
            @Nullable Worker worker,
            Instant startedAt,
            @Nullable Instant finishedAt,
            @Nullable String reason,
            @Nullable Failure failure) {
        return new AttemptView(
                number,
                worker == null ? null : worker.service(),
                worker == null ? null : worker.instance(),
                worker == null ? null : worker.host(),
                worker == null ? null : worker.release(),
                text(startedAt),
                text(finishedAt),
                reason,
                error(failure, null));
    }

    static @Nullable ErrorView error(Job job) {
        return error(job.failure(), job.fingerprint());
    }

    private static @Nullable ErrorView error(@Nullable Failure failure, @Nullable String fingerprint) {
        return failure == null
                ? null
                : new ErrorView(
                        failure.category()
                                .name()
                                .toLowerCase(java.util.Locale.ROOT)
                                .replace('_', '-'),
                        failure.code(),
                        failure.message(),
                        failure.errorClass(),
                        failure.stackDigest(),
                        fingerprint);
    }

    /** A worker's clock may be behind the facade's: a duration is never shown as negative. */
    private static String between(Instant from, Instant to) {
        Duration duration = Duration.between(from, to);
        return (duration.isNegative() ? Duration.ZERO : duration).toString();
    }

    private static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }
}
