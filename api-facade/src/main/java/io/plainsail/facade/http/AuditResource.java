package io.plainsail.facade.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.plainsail.contracts.Violation;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.facade.access.AuditLog;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who changed what. Filters: {@code caller}, {@code action} (how it begins, such as {@code DELETE /v1/keys}), {@code status},
 * {@code from} and {@code before}.
 */
@Path("/v1/audit")
public final class AuditResource {
    static final String NDJSON = "application/x-ndjson";

    private static final Set<String> PAGED = Set.of("caller", "action", "status", "from", "before", "limit", "cursor");
    private static final Set<String> WHOLE = Set.of("caller", "action", "status", "from", "before");
    private static final int MAX_PAGE = 1_000;
    private static final int MAX_WORD = 200;

    private final AuditLog audit;
    private final ObjectMapper json;

    public AuditResource(AuditLog audit, ObjectMapper json) {
        this.audit = audit;
        this.json = json;
    }

    /** Newest first; {@code next} is the path of the following page, absent on the last. */
    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public Map<String, Object> page(@Context UriInfo uri) {
        MultivaluedMap<String, String> given = uri.getQueryParameters();
        var query = ListParameters.of(given, PAGED, MAX_PAGE).query();
        List<AuditLog.Entry> found = audit.list(filter(given), query.olderThan(), query.limit() + 1);
        boolean more = found.size() > query.limit();
        List<AuditLog.Entry> page = more ? found.subList(0, query.limit()) : found;
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("entries", page.stream().map(AuditResource::view).toList());
        if (more) {
            answer.put("next", next(given, page.get(page.size() - 1).id()));
        }
        return answer;
    }

    /** All that the filter finds, newest first, a line each: read page by page while it is sent. */
    @GET
    @Produces(NDJSON + ";qs=0.5")
    public Response export(@Context UriInfo uri) {
        MultivaluedMap<String, String> given = uri.getQueryParameters();
        ListParameters.of(given, WHOLE, MAX_PAGE);
        AuditLog.Filter filter = filter(given);
        // The first page before the status is sent: a store that is away is told with it.
        List<AuditLog.Entry> first = audit.list(filter, null, MAX_PAGE);
        StreamingOutput lines = out -> write(filter, first, out);
        return Response.ok(lines, NDJSON).build();
    }

    private void write(AuditLog.Filter filter, List<AuditLog.Entry> first, OutputStream out) throws IOException {
        List<AuditLog.Entry> page = first;
        while (!page.isEmpty()) {
            for (AuditLog.Entry entry : page) {
                out.write(json.writeValueAsBytes(view(entry)));
                out.write('\n');
            }
            page = page.size() < MAX_PAGE
                    ? List.of()
                    : audit.list(filter, page.get(page.size() - 1).id(), MAX_PAGE);
        }
    }

    private static AuditLog.Filter filter(MultivaluedMap<String, String> given) {
        List<Violation> wrong = new ArrayList<>();
        String caller = word(given, "caller", wrong);
        String action = word(given, "action", wrong);
        Integer status = given.containsKey("status") ? ListParameters.whole(given, "status", 0, 599, wrong) : null;
        DeadJobsResource.refuse(wrong);
        var times = ListParameters.of(given, PAGED, MAX_PAGE).query();
        return new AuditLog.Filter(caller, action, status, times.acceptedFrom(), times.acceptedBefore());
    }

    private static @Nullable String word(MultivaluedMap<String, String> given, String name, List<Violation> wrong) {
        String word = given.getFirst(name);
        if (word != null && (word.isEmpty() || word.length() > MAX_WORD || word.indexOf('\0') >= 0)) {
            wrong.add(new Violation(name, "format", name + " must have 1 to " + MAX_WORD + " characters"));
        }
        return word;
    }

    private static String next(MultivaluedMap<String, String> given, UUID last) {
        StringBuilder path = new StringBuilder("/v1/audit?");
        given.forEach((name, values) -> {
            if (!name.equals("cursor")) {
                path.append(name)
                        .append('=')
                        .append(URLEncoder.encode(values.get(0), StandardCharsets.UTF_8))
                        .append('&');
            }
        });
        return path.append("cursor=").append(last).toString();
    }

    private static Map<String, Object> view(AuditLog.Entry entry) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("id", entry.id());
        view.put("at", entry.at());
        view.put("caller", entry.caller());
        view.put("from", entry.from());
        view.put("action", entry.action());
        view.put("status", entry.status());
        if (entry.detail() != null) {
            view.put("detail", StrictJson.read(entry.detail().getBytes(StandardCharsets.UTF_8)));
        }
        return view;
    }
}
