package io.plainsail.facade.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.plainsail.contracts.Violation;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.FacadeConfiguration.Limits;
import io.plainsail.facade.accept.GroupCommit;
import io.plainsail.facade.access.Caller;
import io.plainsail.facade.job.DeadJobs;
import io.plainsail.facade.job.IdempotencyKey;
import io.plainsail.facade.job.IdempotencyKeys;
import io.plainsail.facade.job.IdempotencyKeys.Used;
import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.JobQuery;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.MemoryBudget;
import io.plainsail.facade.job.NewJob;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Jobs: hand them over, look at them. */
@Path("/v1/jobs")
@Produces(MediaType.APPLICATION_JSON)
public final class JobsResource {
    static final String NDJSON = "application/x-ndjson";

    private static final int LOG_PAGE = 1_000;

    /** Bodies in hand, as a part of the heap: each is parsed, and its inputs are copied. */
    private static final int HEAP_PARTS = 8;

    private final BodyReader bodies;
    private final JobRequests requests;
    private final GroupCommit accept;
    private final Idempotency idempotency;
    private final JobStore store;
    private final DeadJobs dead;
    private final Replays replays;
    private final Limits limits;
    private final JobWatcher watcher;
    private final ObjectMapper json;

    public JobsResource(
            JobRequests requests,
            GroupCommit accept,
            IdempotencyKeys keys,
            JobStore store,
            DeadJobs dead,
            Replays replays,
            Limits limits,
            JobWatcher watcher,
            ObjectMapper json) {
        this.watcher = watcher;
        this.json = json;
        this.idempotency = new Idempotency(keys);
        this.dead = dead;
        this.replays = replays;
        this.requests = requests;
        this.accept = accept;
        this.store = store;
        this.limits = limits;
        // Never less than the largest body that is allowed, or it would not pass beside any other.
        long atLeast = Math.max(limits.maxRequestBytes(), limits.maxBulkBytes());
        bodies = new BodyReader(MemoryBudget.ofBytes(
                Math.max(atLeast, MemoryBudget.ofHeap(HEAP_PARTS).limit())));
    }

    /**
     * 202 is a promise: the job is on disk before it is sent. The most usual form of it takes {@link SubmitFilter}. With
     * {@code Prefer: wait=N} 200 if the job has ended by then.
     */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public Response submit(
            InputStream body,
            @Context HttpHeaders headers,
            @Context SecurityContext security,
            @HeaderParam(Idempotency.HEADER) @Nullable String key) {
        requireUtf8(headers.getMediaType());
        JobView accepted = accept(body, headers.getLength(), key, AccessFilter.caller(security));
        Duration wait = Preference.waiting(headers);
        if (wait.isZero()) {
            return withLifetime(
                    Response.accepted(accepted).location(URI.create(JobView.path(accepted.id()))), accepted);
        }
        Optional<Job> job = watcher.await(accepted.id(), wait);
        boolean ended = job.filter(JobWatcher::hasEnded).isPresent();
        return withLifetime(
                Response.status(ended ? Response.Status.OK : Response.Status.ACCEPTED)
                        .entity(job.map(JobView::of).orElse(accepted))
                        .location(URI.create(JobView.path(accepted.id())))
                        .header(Preference.APPLIED, Preference.applied(wait)),
                accepted);
    }

    private Response withLifetime(Response.ResponseBuilder answer, JobView accepted) {
        lifetime(accepted).forEach(answer::header);
        return answer.build();
    }

    /** Headers of an answer to the job's acceptance; see {@link Lifetime}. */
    Map<String, String> lifetime(JobView accepted) {
        return requests.lifetime(accepted);
    }

    /**
     * Accepts the job that a body asks for; it is on disk when this returns.
     *
     * @param length the length that the request claims, in bytes; -1 if none
     * @param keyHeader names the request, so that it may be sent again; see {@link Idempotency}
     */
    JobView accept(InputStream body, int length, @Nullable String keyHeader, Caller caller) {
        String key = Idempotency.key(keyHeader, caller);
        return bodies.read(body, length, limits.maxRequestBytes(), read -> {
            if (key == null) {
                return accept(requests.one(read, caller));
            }
            return idempotency.once(key, read, (payload, before) -> {
                if (before.isEmpty()) {
                    return accept(keyed(requests.one(read, caller), key, 0, payload));
                }
                return JobView.of(find(before.get(0).jobId().toString()));
            });
        });
    }

    private JobView accept(NewJob job) {
        accept.accept(List.of(job));
        return JobView.accepted(job);
    }

    /**
     * Many requests in one body, each answered for itself; those accepted are accepted together. With {@code atomic=true}
     * all are accepted or none is: then 422, with the answer to each.
     */
    @POST
    @Path("/bulk")
    @Consumes({NDJSON, MediaType.APPLICATION_JSON})
    public Response submitMany(
            InputStream body,
            @Context HttpHeaders headers,
            @Context UriInfo uri,
            @Context SecurityContext security,
            @HeaderParam(Idempotency.HEADER) @Nullable String keyHeader) {
        requireUtf8(headers.getMediaType());
        boolean atomic = isAtomic(uri);
        Caller caller = AccessFilter.caller(security);
        String key = Idempotency.key(keyHeader, caller);
        return bodies.read(body, headers.getLength(), limits.maxBulkBytes(), read -> {
            List<JobRequests.Item> items = requests.many(read, limits.maxBulkItems(), caller);
            return key == null
                    ? submitMany(items, null, "", List.of(), atomic)
                    : idempotency.once(key, read, (payload, before) -> submitMany(items, key, payload, before, atomic));
        });
    }

    private static NewJob keyed(NewJob job, String key, int item, String payload) {
        return job.toBuilder().key(new IdempotencyKey(key, item, payload)).build();
    }

    private static boolean isAtomic(UriInfo uri) {
        MultivaluedMap<String, String> given = uri.getQueryParameters();
        ListParameters.of(given, Set.of("atomic"), 1);
        List<Violation> wrong = new ArrayList<>();
        boolean atomic = ListParameters.flag(given, "atomic", wrong);
        DeadJobsResource.refuse(wrong);
        return atomic;
    }

    /** Nothing is accepted: 424 (failed dependency) is for the requests with which nothing is wrong. */
    private static Response refuseTogether(List<JobRequests.Item> items) {
        List<BulkAnswer> answers = new ArrayList<>(items.size());
        int wrong = 0;
        for (JobRequests.Item item : items) {
            Problem problem = item.problem();
            wrong += problem == null ? 0 : 1;
            answers.add(new BulkAnswer(problem == null ? 424 : problem.status(), null, problem));
        }
        Problem problem = Problem.of(
                Problem.Kind.REFUSED_TOGETHER,
                wrong + " of " + items.size() + " requests are refused, and atomic is true: nothing was accepted");
        return Response.status(problem.status())
                .type(Problem.MEDIA_TYPE)
                .entity(new BulkProblem(problem, 0, items.size(), answers))
                .build();
    }

    /**
     * @param key of the request, if it has one
     * @param used what was accepted when the same was sent before
     */
    private Response submitMany(
            List<JobRequests.Item> items, @Nullable String key, String payload, List<Used> used, boolean atomic) {
        if (atomic && used.isEmpty() && items.stream().anyMatch(item -> item.job() == null)) {
            return refuseTogether(items);
        }
        Map<Integer, UUID> before = new HashMap<>();
        used.forEach(one -> before.put(one.key().item(), one.jobId()));
        List<NewJob> jobs = new ArrayList<>(items.size());
        List<BulkAnswer> answers = new ArrayList<>(items.size());
        for (int i = 0; i < items.size(); i++) {
            NewJob job = items.get(i).job();
            Problem problem = items.get(i).problem();
            UUID earlier = before.get(i);
            if (earlier != null) {
                answers.add(new BulkAnswer(202, earlier, null));
            } else if (job != null) {
                jobs.add(key == null ? job : keyed(job, key, i, payload));
                answers.add(new BulkAnswer(202, job.id(), null));
            } else if (problem != null) {
                answers.add(new BulkAnswer(problem.status(), null, problem));
            }
        }
        if (!jobs.isEmpty()) {
            accept.accept(jobs);
        }
        int accepted = jobs.size() + before.size();
        return Response.ok(new BulkView(accepted, items.size() - accepted, answers))
                .build();
    }

    private static void requireUtf8(@Nullable MediaType type) {
        String charset = type == null ? null : type.getParameters().get("charset");
        if (charset != null && !charset.toLowerCase(Locale.ROOT).equals("utf-8")) {
            throw new ProblemException(
                    Problem.Kind.UNSUPPORTED_MEDIA_TYPE, "charset is \"" + charset + "\": JSON is sent in UTF-8");
        }
    }

    /** Answers in the order of the requests. */
    record BulkView(int accepted, int refused, List<BulkAnswer> items) {}

    /** A problem with what a {@link BulkView} has beside it. */
    record BulkProblem(@JsonUnwrapped Problem problem, int accepted, int refused, List<BulkAnswer> items) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record BulkAnswer(
            int status, @Nullable UUID id, @Nullable Problem problem) {}

    /** The job, with an ETag; with {@code Prefer: wait=N} as it is when it has ended, or N seconds later. */
    @GET
    @Path("/{id}")
    public Response job(@PathParam("id") String id, @Context HttpHeaders headers, @Context Request request) {
        Duration wait = Preference.waiting(headers);
        Job job = watcher.await(jobId(id), wait).orElseThrow(() -> unknown(id));
        Representation shown = Representation.of(
                job.state() == JobState.FAILED
                        ? JobView.of(job, dead.replayOf(job.id()).orElse(null))
                        : JobView.of(job),
                json);
        // Weak: the same job may be sent compressed or not.
        EntityTag tag = new EntityTag(shown.tag(), true);
        Response.ResponseBuilder unchanged = request.evaluatePreconditions(tag);
        Response.ResponseBuilder answer =
                unchanged == null ? Response.ok(shown.bytes()).tag(tag) : unchanged;
        return (wait.isZero() ? answer : answer.header(Preference.APPLIED, Preference.applied(wait))).build();
    }

    /**
     * Repeats a dead job as a new one, on the release {@code onRelease} if that is given; 200 with the new job, the same one
     * however often it is asked for.
     */
    @POST
    @Path("/{id}/replay")
    @Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
    public Response replay(
            @PathParam("id") String id,
            InputStream body,
            @Context UriInfo uri,
            @Context HttpHeaders headers,
            @Context HttpServletRequest request) {
        MultivaluedMap<String, String> given = uri.getQueryParameters();
        ListParameters.of(given, Set.of("onRelease"), 1);
        Job origin = find(id);
        UUID replay = bodies.read(
                body,
                headers.getLength(),
                limits.maxRequestBytes(),
                read -> replays.one(origin, read, given.getFirst("onRelease")));
        AccessFilter.noteChange(request, null, Map.of("id", replay));
        return Response.ok(JobView.of(find(replay.toString())))
                .location(URI.create(JobView.path(replay)))
                .build();
    }

    /** Newest first; {@code next} is the path of the following page, absent on the last. */
    @GET
    public Map<String, Object> list(@Context UriInfo uri, @Context SecurityContext security) {
        ListParameters parameters = ListParameters.of(uri.getQueryParameters()).seenBy(AccessFilter.caller(security));
        JobQuery query = parameters.query();
        List<Job> found = store.list(query.withLimit(query.limit() + 1));
        boolean more = found.size() > query.limit();
        List<Job> page = more ? found.subList(0, query.limit()) : found;
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("jobs", page.stream().map(JobView::of).toList());
        if (more) {
            answer.put("next", parameters.pathAfter(page.get(page.size() - 1).id()));
        }
        return answer;
    }

    /**
     * The log of the job, oldest line first, at most 1,000 lines after the given one; with {@code Prefer: wait=N} as soon as
     * there is one, the job has ended, or N seconds later. {@code next} is the path of what follows, absent when the job has
     * ended and all was shown.
     */
    @GET
    @Path("/{id}/logs")
    public Response logs(@PathParam("id") String id, @Context UriInfo uri, @Context HttpHeaders headers) {
        UUID job = jobId(id);
        MultivaluedMap<String, String> given = uri.getQueryParameters();
        ListParameters.of(given, Set.of("after"), 1);
        int[] after = ListParameters.logPosition(given.getFirst("after"));
        Duration wait = Preference.waiting(headers);
        JobWatcher.Lines found =
                watcher.awaitLines(job, after[0], after[1], LOG_PAGE, wait).orElseThrow(() -> unknown(id));
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("lines", found.lines());
        if (!found.ended() || found.lines().size() == LOG_PAGE) {
            answer.put("next", JobView.path(job) + "/logs?after=" + found.end(after[0], after[1]));
        }
        Response.ResponseBuilder response = Response.ok(answer);
        return (wait.isZero() ? response : response.header(Preference.APPLIED, Preference.applied(wait))).build();
    }

    private Job find(String id) {
        return store.find(jobId(id)).orElseThrow(() -> unknown(id));
    }

    static UUID jobId(String id) {
        try {
            // UUID.fromString takes short forms as well; an id has one spelling.
            UUID parsed = UUID.fromString(id);
            if (parsed.toString().equals(id)) {
                return parsed;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw unknown(id);
    }

    static ProblemException unknown(String id) {
        String shown = id.length() <= 60 ? id : id.substring(0, 60) + "…";
        return new ProblemException(
                Problem.Kind.UNKNOWN_JOB,
                "no job has the id \"" + shown + "\"",
                List.of(new Violation("", "unknown", "ids are UUIDs as given in the 202 answer")));
    }
}
