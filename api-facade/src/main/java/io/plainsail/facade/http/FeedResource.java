package io.plainsail.facade.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.plainsail.contracts.Violation;
import io.plainsail.facade.job.JobChanges;
import io.plainsail.facade.job.JobQuery;
import io.plainsail.facade.job.OverloadedException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The changes of all jobs that meet a filter, by Server-Sent Events: {@code job} with the job as the list shows it, whenever
 * it came or changed, in the order of the changes. What changes again before it is sent is sent once, as it is then; a filter
 * by state finds the jobs that are in it when they are sent.
 *
 * <p>An event's id says up to where all was sent: with {@code Last-Event-ID} a stream goes on after that, at any facade,
 * without a gap and without repeating; without it, it begins now. A stream has no end.
 */
@Path("/v1/events")
public final class FeedResource {
    private static final Set<String> FILTERS = Set.of("state", "type", "label");
    private static final long LOOK_MILLIS = 200;
    private static final long NEXT_PAGE_MILLIS = 20;
    /** Together with the pause between two, what one stream may cost. */
    private static final int PAGE = 100;

    private static final Pattern ID = Pattern.compile("([0-9]{1,18})\\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})");

    private final JobChanges changes;
    private final JobWatcher watcher;
    private final ObjectMapper json;

    public FeedResource(JobChanges changes, JobWatcher watcher, ObjectMapper json) {
        this.changes = changes;
        this.watcher = watcher;
        this.json = json;
    }

    @GET
    @Produces(EventWriter.MEDIA_TYPE)
    public Response events(
            @Context UriInfo uri,
            @Context SecurityContext security,
            @Context HttpServletRequest request,
            @HeaderParam("Last-Event-ID") @Nullable String lastEventId) {
        JobQuery query = ListParameters.of(uri.getQueryParameters(), FILTERS, 1)
                .seenBy(AccessFilter.caller(security))
                .query();
        JobChanges.Position from = from(lastEventId);
        if (!watcher.hasRoomForStream()) {
            throw new OverloadedException("as many streams of events are open as may be", 10);
        }
        return EventWriter.answer(request, out -> run(from, query, out));
    }

    private JobChanges.Position from(@Nullable String lastEventId) {
        JobChanges.Position now = changes.now();
        if (lastEventId == null || lastEventId.isEmpty()) {
            return now;
        }
        Matcher parts = ID.matcher(lastEventId);
        if (!parts.matches()) {
            throw invalid("format", "must be the id of an event of this stream");
        }
        JobChanges.Position from =
                new JobChanges.Position(Long.parseLong(parts.group(1)), UUID.fromString(parts.group(2)));
        if (from.stamp() > now.stamp()) {
            throw invalid(
                    "range",
                    "is ahead of this store, which another one has replaced or a backup restored: begin without it, and"
                            + " list the jobs once");
        }
        return from;
    }

    private static ProblemException invalid(String rule, String detail) {
        return new ProblemException(
                Problem.Kind.INVALID_PARAMETER,
                "Last-Event-ID is not one of this stream's",
                List.of(new Violation("Last-Event-ID", rule, detail)));
    }

    /** One stream, on the thread of its request. */
    private void run(JobChanges.Position from, JobQuery query, OutputStream out) throws IOException {
        EventWriter writer = new EventWriter(out);
        JobChanges.Position at = from;
        watcher.streamBegins();
        try {
            writer.begin();
            writer.position(at);
            boolean more;
            do {
                JobChanges.Page page = changes.after(at, query, PAGE);
                for (JobChanges.Change change : page.changes()) {
                    Representation shown = Representation.of(JobView.of(change.job()), json);
                    writer.send(change.position(), "job", new String(shown.bytes(), StandardCharsets.UTF_8));
                }
                at = page.reached();
                more = page.more();
                if (writer.isQuiet()) {
                    writer.position(at);
                }
            } while (watcher.pause(more ? NEXT_PAGE_MILLIS : LOOK_MILLIS));
        } finally {
            watcher.streamEnds();
        }
    }
}
