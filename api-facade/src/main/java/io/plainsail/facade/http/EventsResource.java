package io.plainsail.facade.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.plainsail.contracts.Violation;
import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.LogEntry;
import io.plainsail.facade.job.OverloadedException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A job's events as they come, by Server-Sent Events:
 *
 * <ul>
 *   <li>{@code job}: the job as {@code GET /v1/jobs/{id}} shows it, now and whenever it is another; what happened between
 *       two of them stands in its attempts
 *   <li>{@code log}: a line of its log, each once and in order
 *   <li>{@code end}: it has ended, and everything was sent
 * </ul>
 *
 * <p>An event's id says all that was sent up to it: with {@code Last-Event-ID} a stream goes on after that, here or at
 * another facade, without a gap and without repeating. A stream that was read to its end is answered 204, which tells a
 * browser not to come again.
 */
@Path("/v1/jobs")
public final class EventsResource {
    public static final String MEDIA_TYPE = EventWriter.MEDIA_TYPE;

    private static final long LOOK_MILLIS = 200;
    private static final int LOG_PAGE = 500;

    private static final Pattern ID = Pattern.compile("([0-9]{1,9})\\.(-1|[0-9]{1,9})\\.([0-9a-f]{16}|none)");

    private final JobStore store;
    private final JobWatcher watcher;
    private final ObjectMapper json;

    public EventsResource(JobStore store, JobWatcher watcher, ObjectMapper json) {
        this.store = store;
        this.watcher = watcher;
        this.json = json;
    }

    /**
     * How far a stream has come.
     *
     * @param attempt of the last log line
     * @param sequence of the last log line; -1 before the first
     * @param tag of the job as it was sent last; {@code none} before
     */
    private record Position(int attempt, int sequence, String tag) {
        static final Position START = new Position(0, -1, "none");

        static Position of(@Nullable String lastEventId) {
            if (lastEventId == null || lastEventId.isEmpty()) {
                return START;
            }
            Matcher parts = ID.matcher(lastEventId);
            if (!parts.matches()) {
                throw new ProblemException(
                        Problem.Kind.INVALID_PARAMETER,
                        "Last-Event-ID is not one of this stream's",
                        List.of(new Violation("Last-Event-ID", "format", "must be the id of an event of this job")));
            }
            return new Position(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)), parts.group(3));
        }

        @Override
        public String toString() {
            return attempt + "." + sequence + "." + tag;
        }
    }

    @GET
    @Path("/{id}/events")
    @Produces(MEDIA_TYPE)
    public Response events(
            @PathParam("id") String id,
            @Context HttpServletRequest request,
            @HeaderParam("Last-Event-ID") @Nullable String lastEventId) {
        UUID jobId = JobsResource.jobId(id);
        Position from = Position.of(lastEventId);
        Job job = store.find(jobId).orElseThrow(() -> JobsResource.unknown(id));
        boolean nothingMore = JobWatcher.hasEnded(job)
                && from.tag().equals(Representation.of(JobView.of(job), json).tag())
                && store.logs(jobId, from.attempt(), from.sequence(), 1).isEmpty();
        if (nothingMore) {
            return Response.noContent().build();
        }
        if (!watcher.hasRoomForStream()) {
            throw new OverloadedException("as many streams of events are open as may be", 10);
        }
        return EventWriter.answer(request, out -> new Stream(jobId, from, out).run());
    }

    /** One stream, on the thread of its request. */
    private final class Stream {
        private final UUID job;
        private final EventWriter writer;
        private Position at;

        Stream(UUID job, Position from, OutputStream out) {
            this.job = job;
            this.at = from;
            this.writer = new EventWriter(out);
        }

        void run() throws IOException {
            watcher.streamBegins();
            try {
                writer.begin();
                while (look() && watcher.pause(LOOK_MILLIS)) {
                    if (writer.isQuiet()) {
                        writer.keepAlive();
                    }
                }
            } finally {
                watcher.streamEnds();
            }
        }

        /** Sends what is new. False when there is nothing more to come. */
        private boolean look() throws IOException {
            Optional<Job> found = store.find(job);
            if (found.isEmpty()) {
                return false; // It was forgotten meanwhile.
            }
            List<LogEntry> lines;
            do {
                lines = store.logs(job, at.attempt(), at.sequence(), LOG_PAGE);
                for (LogEntry line : lines) {
                    at = new Position(line.attempt(), line.sequence(), at.tag());
                    writer.send(at, "log", json.writeValueAsString(line));
                }
            } while (lines.size() == LOG_PAGE);
            Representation now = Representation.of(JobView.of(found.get()), json);
            if (!now.tag().equals(at.tag())) {
                at = new Position(at.attempt(), at.sequence(), now.tag());
                writer.send(at, "job", new String(now.bytes(), StandardCharsets.UTF_8));
            }
            if (JobWatcher.hasEnded(found.get())) {
                writer.send(at, "end", "{}");
                return false;
            }
            return true;
        }
    }
}
