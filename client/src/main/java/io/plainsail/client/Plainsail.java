package io.plainsail.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.plainsail.client.FacadeHttp.Call;
import io.plainsail.client.FacadeHttp.Repeat;
import io.plainsail.client.PlainsailException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * A facade, from a caller's side. Thread-safe; one for all threads is best, as it keeps its connections. There is nothing
 * to close.
 *
 * <p>Requests that are not answered are sent again as the {@link RetryPolicy} has it, only where that cannot do anything
 * twice: each submission has an idempotency key of its own, so a lost answer never makes two jobs. What fails throws a
 * {@link PlainsailException}; an argument that can be seen to be wrong here throws {@code IllegalArgumentException}.
 */
public final class Plainsail {
    /** Requests in one bulk, at most. */
    public static final int MAX_BULK = 10_000;

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
    private static final Pattern KEY = Pattern.compile("[!-~]{1,255}");
    private static final byte[] NO_BODY = new byte[0];

    private final FacadeHttp http;
    private final JsonCalls calls;
    private final Results results;
    private final Operations operations;
    private final ObjectMapper json;
    private final int maxEventBytes;

    Plainsail(FacadeHttp http, ObjectMapper json, int maxEventBytes) {
        this.http = http;
        this.json = json;
        this.maxEventBytes = maxEventBytes;
        calls = new JsonCalls(http, json);
        results = new Results(http);
        operations = new Operations(calls);
    }

    /**
     * Begins to set a client up; nothing is sent before the first call.
     *
     * @param facade such as {@code http://127.0.0.1:8080}, or with a path if a proxy puts the facade there
     */
    public static PlainsailBuilder connect(URI facade) {
        return new PlainsailBuilder(facade);
    }

    // Hand over -------------------------------------------------------------------------------------------------

    /**
     * Hands a job over. When this returns, it is accepted: it is on the facade's disk, and will end in a terminal state.
     *
     * @return the job as it was accepted
     * @throws PlainsailException {@code REFUSED} with every finding; {@code UNREACHABLE} if it is unknown whether it was
     *     accepted, with the key that makes it safe to ask again
     */
    public Job submit(JobRequest request) {
        Call call = Call.post("/v1/jobs", calls.bytes(request.fields()), "application/json", Repeat.ALWAYS)
                .with(FacadeHttp.KEY_HEADER, key(request.key()));
        return Views.job(calls.send(call));
    }

    /** Hands a job over and waits for its end; see {@link #submit} and {@link #await}. */
    public Job submitAndAwait(JobRequest request, Duration atMost) {
        return await(submit(request).id(), atMost);
    }

    /**
     * Hands many jobs over in one request, at most {@link #MAX_BULK}. Each is answered for itself, in their order.
     *
     * @throws PlainsailException if none was accepted, or that is unknown; then with the key for {@link
     *     #submitAll(List, String)}
     */
    public List<BulkAnswer> submitAll(List<JobRequest> requests) {
        return submitAll(requests, key(null));
    }

    /**
     * As {@link #submitAll(List)}, under a key of the caller's: the same requests under the same key make no second jobs.
     */
    public List<BulkAnswer> submitAll(List<JobRequest> requests, String idempotencyKey) {
        if (requests.isEmpty() || requests.size() > MAX_BULK) {
            throw new IllegalArgumentException(
                    "there are " + requests.size() + " requests: a bulk has 1 to " + MAX_BULK);
        }
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (JobRequest request : requests) {
            if (request.key() != null) {
                throw new IllegalArgumentException("a request has the idempotency key \"" + request.key()
                        + "\": many requests in one have one key together");
            }
            lines.writeBytes(calls.bytes(request.fields()));
            lines.write('\n');
        }
        Call call = Call.post("/v1/jobs/bulk", lines.toByteArray(), "application/x-ndjson", Repeat.ALWAYS)
                .with(FacadeHttp.KEY_HEADER, key(idempotencyKey));
        List<BulkAnswer> answers = new ArrayList<>();
        for (JsonNode item : calls.send(call).path("items")) {
            answers.add(Views.bulkAnswer(answers.size(), item));
        }
        if (answers.size() != requests.size()) {
            throw Views.notUnderstood(answers.size() + " answers to " + requests.size() + " requests", null)
                    .withKey(idempotencyKey);
        }
        return List.copyOf(answers);
    }

    // Follow ----------------------------------------------------------------------------------------------------

    /**
     * Waits for a job's end, through the facade's restarts too.
     *
     * @return the job as it ended, however it did
     * @throws PlainsailException {@code TIMED_OUT} if it has not ended by then; it goes on
     */
    public Job await(UUID id, Duration atMost) {
        long begin = http.pace().nanos();
        int soon = 0;
        while (true) {
            Duration left = atMost.minusNanos(http.pace().nanos() - begin);
            boolean last = left.isZero() || left.isNegative();
            Duration wait = last ? Duration.ZERO : left.compareTo(LONGEST_WAIT) < 0 ? left : LONGEST_WAIT;
            long asked = http.pace().nanos();
            PlainsailException failure = null;
            try {
                Job job = waiting(id, wait);
                if (job.ended()) {
                    return job;
                }
            } catch (PlainsailException e) {
                if (e.kind() != Kind.UNREACHABLE && e.kind() != Kind.UNAVAILABLE) {
                    throw e;
                }
                failure = e;
            }
            if (last) {
                throw new PlainsailException(Kind.TIMED_OUT, "job " + id + " has not ended within " + atMost, failure);
            }
            // As many wait already as may, or the facade is to stop: it answers at once, and is not to be asked at
            // once.
            boolean early = Duration.ofNanos(http.pace().nanos() - asked).toSeconds() < wait.toSeconds();
            soon = early ? soon + 1 : 0;
            rest(
                    early || wait.toSeconds() == 0
                            ? http.retry().restAfter(soon + 1, http.pace().random())
                            : Duration.ZERO,
                    left);
        }
    }

    private Job waiting(UUID id, Duration wait) {
        Call call = Call.get("/v1/jobs/" + id);
        return Views.job(calls.send(
                wait.toSeconds() == 0
                        ? call.within(wait)
                        : call.with("Prefer", "wait=" + wait.toSeconds())
                                .patience(wait)
                                .within(wait)));
    }

    private void rest(Duration rest, Duration left) {
        try {
            http.pace().rest(rest.compareTo(left) < 0 ? rest : left);
        } catch (InterruptedException e) {
            throw FacadeHttp.interrupted(e);
        }
    }

    /** A job's events and log from the beginning, as they come; to be closed. */
    public JobEvents events(UUID id) {
        return events(id, "");
    }

    /**
     * As {@link #events(UUID)}, after an event that was seen before, by this process or another.
     *
     * @param lastEventId of {@link JobEvent#id}
     */
    public JobEvents events(UUID id, String lastEventId) {
        return new JobEvents(http, json, id, lastEventId, maxEventBytes);
    }

    /**
     * The changes from now on of all jobs that meet the filter: by type, labels and state. Connects at once; to be closed.
     */
    public JobChanges changes(JobFilter filter) {
        return changes(filter, "");
    }

    /**
     * As {@link #changes(JobFilter)}, after a position that was reached before, by this process or another.
     *
     * @param position of {@link JobChanges#position}
     * @throws PlainsailException {@code REFUSED} if the facade's store was replaced since, as by a restored backup
     */
    public JobChanges changes(JobFilter filter, String position) {
        return JobChanges.of(
                new EventStream(http, "/v1/events" + filter.query(), "the stream of changes", position, maxEventBytes),
                json);
    }

    // Look ------------------------------------------------------------------------------------------------------

    public Job job(UUID id) {
        return Views.job(calls.get("/v1/jobs/" + id));
    }

    /** Jobs, newest first, fetched page by page as the stream is read. */
    public Stream<Job> jobs(JobFilter filter) {
        return JsonCalls.pages("/v1/jobs" + filter.query(), path -> {
            JsonNode page = calls.get(path);
            return new JsonCalls.Page<>(
                    list(page.path("jobs")).map(Views::job).toList(),
                    page.path("next").asText());
        });
    }

    /** What was logged so far, oldest line first, fetched page by page as the stream is read. */
    public Stream<LogLine> logs(UUID id) {
        String path = "/v1/jobs/" + id + "/logs";
        return JsonCalls.pages(path, from -> {
            List<LogLine> lines =
                    list(calls.get(from).path("lines")).map(Views::logLine).toList();
            if (lines.isEmpty()) {
                return new JsonCalls.Page<>(lines, "");
            }
            LogLine last = lines.get(lines.size() - 1);
            return new JsonCalls.Page<>(lines, path + "?after=" + last.attempt() + "." + last.sequence());
        });
    }

    /**
     * Fetches the result file, or the output as JSON if there is none, into a file: it is there whole, or not at all. Its
     * digest is checked.
     */
    public ResultFile result(UUID id, Path target) {
        return results.into(id, target);
    }

    /** As {@link #result(UUID, Path)}, not sent again once something was written. */
    public ResultFile result(UUID id, OutputStream out) {
        return results.into(id, out);
    }

    /** A job's output as an object. */
    public <T> T output(Job job, Class<T> as) {
        if (job.output() == null) {
            throw new IllegalArgumentException(
                    "job " + job.id() + " is " + job.state().word() + " and has no output here");
        }
        try {
            return json.treeToValue(job.output(), as);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "the output is no " + as.getSimpleName() + ": " + e.getOriginalMessage(), e);
        }
    }

    /** The job types that may be submitted, in all their versions. */
    public List<JobTypeInfo> jobTypes() {
        return list(calls.get("/v1/job-types").path("jobTypes"))
                .map(Views::jobType)
                .toList();
    }

    /** A job type's contract, schemas and examples included. */
    public JsonNode contract(String type, int version) {
        return calls.get("/v1/job-types/" + JsonCalls.escaped(type) + "/v" + version);
    }

    // Change ----------------------------------------------------------------------------------------------------

    /** Cancels a job that has not ended: it is cancelled when this returns. */
    public Job cancel(UUID id) {
        return Views.job(calls.post("/v1/jobs/" + id + "/cancel", NO_BODY, Repeat.ALWAYS));
    }

    /**
     * Cancels the newest unfinished jobs that meet the filter.
     *
     * @param dryRun only counts them
     * @return how many
     */
    public int cancelAll(JobFilter filter, boolean dryRun) {
        JsonNode answer = bulk("/v1/jobs/cancel", filter, dryRun);
        return answer.path(dryRun ? "matched" : "cancelled").asInt();
    }

    /** Repeats a job that failed for good as a new one: the same new one, however often it is asked for. */
    public Job replay(UUID id) {
        return Views.job(calls.post("/v1/jobs/" + id + "/replay", NO_BODY, Repeat.ALWAYS));
    }

    /** Repeats a job that failed for good, once, with another input. */
    public Job replay(UUID id, Object input) {
        byte[] body = calls.bytes(Map.of("input", input));
        return Views.job(calls.post("/v1/jobs/" + id + "/replay", body, Repeat.IF_NOT_TAKEN));
    }

    /**
     * Repeats a job that failed for good as a new one that workers of the given release run, unless they go before they
     * have begun it: then any may. Refused if none of that release takes it now.
     */
    public Job replayOn(String release, UUID id) {
        return Views.job(calls.post(replayPath(id, release), NO_BODY, Repeat.ALWAYS));
    }

    /** As {@link #replayOn(String, UUID)}, once, with another input. */
    public Job replayOn(String release, UUID id, Object input) {
        byte[] body = calls.bytes(Map.of("input", input));
        return Views.job(calls.post(replayPath(id, release), body, Repeat.IF_NOT_TAKEN));
    }

    private static String replayPath(UUID id, String release) {
        return "/v1/jobs/" + id + "/replay"
                + JobFilter.all().with("onRelease", release).query();
    }

    /** Jobs that failed for good, grouped by what went wrong; the largest groups first. */
    public List<DeadGroup> deadJobs(JobFilter filter) {
        return list(calls.get("/v1/dead-jobs" + filter.query()).path("groups"))
                .map(Views::deadGroup)
                .toList();
    }

    /**
     * Repeats the newest dead jobs that meet the filter and were not repeated yet.
     *
     * @param rate so many in a second; 0 for all at once
     * @param dryRun only counts them
     * @return {@code matched}, {@code replayed}, {@code refusedInAll}, {@code refused}
     */
    public JsonNode replayAll(JobFilter filter, int rate, boolean dryRun) {
        return bulk("/v1/dead-jobs/replay", rated(filter, rate), dryRun);
    }

    /** As {@link #replayAll}, on workers of the given release; refused for each job that none of it takes now. */
    public JsonNode replayAllOn(String release, JobFilter filter, int rate, boolean dryRun) {
        return bulk("/v1/dead-jobs/replay", rated(filter, rate).with("onRelease", release), dryRun);
    }

    private static JobFilter rated(JobFilter filter, int rate) {
        return rate == 0 ? filter : filter.with("rate", Integer.toString(rate));
    }

    /** For operators and worker authors. */
    public Operations operations() {
        return operations;
    }

    /** Sent again it would do no harm, but it would count what is left only. */
    private JsonNode bulk(String path, JobFilter filter, boolean dryRun) {
        JobFilter query = dryRun ? filter.with("dryRun", "true") : filter;
        return calls.post(path + query.query(), NO_BODY, dryRun ? Repeat.ALWAYS : Repeat.IF_NOT_TAKEN);
    }

    private static Stream<JsonNode> list(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    private static String key(@Nullable String given) {
        if (given == null) {
            return UUID.randomUUID().toString();
        }
        if (!KEY.matcher(given).matches()) {
            throw new IllegalArgumentException("the idempotency key has " + given.length()
                    + " characters: must be 1 to 255 visible ASCII characters, no spaces");
        }
        return given;
    }
}
