package io.plainsail.facade.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.Violation;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.facade.access.ApiKey;
import io.plainsail.facade.access.Caller;
import io.plainsail.facade.access.Keys;
import io.plainsail.facade.access.Role;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** API keys, and who one is. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class KeysResource {
    private static final int MAX_BODY = 16 * 1024;
    private static final Set<String> FIELDS =
            Set.of("name", "tenant", "role", "jobTypes", "perMinute", "jobsPerDay", "expiresIn");
    private static final Pattern TENANT = Pattern.compile("[a-z0-9][a-z0-9_.-]{0,62}");
    private static final Pattern NAME = Pattern.compile("[^\\p{Cc}\\p{Cs}]{1,200}");
    private static final int MAX_TYPES = 100;
    private static final int MAX_PER_MINUTE = 1_000_000;
    private static final int MAX_PER_DAY = 1_000_000_000;
    private static final Duration LONGEST = Duration.ofDays(3650);
    private static final Duration OLD_LIVES = Duration.ofDays(1);

    private final Keys keys;
    private final Clock clock;

    public KeysResource(Keys keys, Clock clock) {
        this.keys = keys;
        this.clock = clock;
    }

    /**
     * @param key the whole key, in the answer that made it and never again
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record KeyView(
            String id,
            String name,
            @Nullable String tenant,
            String role,
            List<String> jobTypes,
            @Nullable Integer perMinute,
            @Nullable Integer jobsPerDay,
            Instant createdAt,
            String createdBy,
            @Nullable Instant expiresAt,
            boolean expired,
            @Nullable String key) {}

    private KeyView view(ApiKey key, @Nullable String text) {
        return new KeyView(
                key.id(),
                key.name(),
                key.tenant(),
                key.role().word(),
                key.jobTypes().stream().sorted().toList(),
                key.perMinute(),
                key.jobsPerDay(),
                key.createdAt(),
                key.createdBy(),
                key.expiresAt(),
                key.isExpired(clock.instant()),
                text);
    }

    /** Who the caller is. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Who(String id, @Nullable String tenant, String role, List<String> jobTypes) {}

    @GET
    @Path("/whoami")
    public Who who(@Context SecurityContext security) {
        Caller caller = AccessFilter.caller(security);
        return new Who(
                caller.id(),
                caller.tenant(),
                caller.role().word(),
                caller.jobTypes().stream().sorted().toList());
    }

    /** All keys, expired ones too. */
    @GET
    @Path("/keys")
    public Map<String, List<KeyView>> all() {
        return Map.of("keys", keys.all().stream().map(key -> view(key, null)).toList());
    }

    /** Makes a key: {@code name} and {@code role}, and maybe the others. The answer is the only one that holds its text. */
    @POST
    @Path("/keys")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response create(InputStream body, @Context SecurityContext security, @Context HttpServletRequest request)
            throws IOException {
        Keys.Wish wish = wish(StrictJson.read(ClaimsResource.read(body, MAX_BODY)));
        return created(keys.create(wish, AccessFilter.caller(security).id()), null, request);
    }

    private Response created(Keys.Created created, @Nullable ApiKey before, HttpServletRequest request) {
        AccessFilter.noteChange(request, before == null ? null : view(before, null), view(created.key(), null));
        return Response.created(URI.create("/v1/keys/" + created.key().id()))
                .header("Cache-Control", "no-store")
                .entity(view(created.key(), created.text().text()))
                .build();
    }

    /** Makes a key that may do the same; the old one lives for another day, so that both work while it is replaced. */
    @POST
    @Path("/keys/{id}/rotate")
    public Response rotate(
            @PathParam("id") String id, @Context SecurityContext security, @Context HttpServletRequest request) {
        ApiKey old = keys.find(id).orElseThrow(() -> unknown(id));
        return created(
                keys.rotate(
                                id,
                                clock.instant().plus(OLD_LIVES),
                                AccessFilter.caller(security).id())
                        .orElseThrow(() -> unknown(id)),
                old,
                request);
    }

    /** Revokes a key at once; other facades follow within seconds. */
    @DELETE
    @Path("/keys/{id}")
    public Response revoke(@PathParam("id") String id, @Context HttpServletRequest request) {
        ApiKey before = keys.find(id).orElseThrow(() -> unknown(id));
        if (!keys.revoke(id)) {
            throw new ProblemException(
                    Problem.Kind.INVALID_KEY,
                    "this key stands in a file of the facade: it ends when the file is replaced");
        }
        AccessFilter.noteChange(request, view(before, null), null);
        return Response.noContent().build();
    }

    private static ProblemException unknown(String id) {
        return new ProblemException(
                Problem.Kind.UNKNOWN_KEY,
                "no key has the id \"" + (id.length() <= 60 ? id : id.substring(0, 60)) + "\"");
    }

    private Keys.Wish wish(JsonNode body) {
        List<Violation> wrong = new ArrayList<>();
        if (!body.isObject()) {
            throw new ProblemException(
                    Problem.Kind.INVALID_KEY,
                    "the body is invalid",
                    List.of(new Violation("", "type", "a key is asked for with a JSON object")));
        }
        body.fieldNames().forEachRemaining(field -> {
            if (!FIELDS.contains(field) && wrong.size() < 20) {
                wrong.add(new Violation(
                        "/" + Submission.shown(field),
                        "unknown-field",
                        "known are " + new java.util.TreeSet<>(FIELDS)));
            }
        });
        String name = text(body, "name", NAME, "1 to 200 characters, no control characters", true, wrong);
        String tenant = text(
                body, "tenant", TENANT, "1 to 63 lower-case letters, digits, dots, dashes, underscores", false, wrong);
        Role role = Role.ofWord(body.path("role").asText()).orElse(null);
        if (role == null || !body.path("role").isTextual()) {
            wrong.add(new Violation(
                    "/role",
                    "enum",
                    "role must be one of "
                            + Arrays.stream(Role.values()).map(Role::word).toList()));
        }
        Set<String> types = types(body.path("jobTypes"), wrong);
        Integer perMinute = whole(body, "perMinute", MAX_PER_MINUTE, wrong);
        Integer jobsPerDay = whole(body, "jobsPerDay", MAX_PER_DAY, wrong);
        Instant expiresAt = expiresAt(body.path("expiresIn"), wrong);
        if (!wrong.isEmpty() || role == null || name == null) {
            throw new ProblemException(Problem.Kind.INVALID_KEY, "the body is invalid", wrong);
        }
        return new Keys.Wish(name, tenant, role, types, perMinute, jobsPerDay, expiresAt);
    }

    private static @Nullable String text(
            JsonNode body, String field, Pattern form, String rule, boolean required, List<Violation> wrong) {
        JsonNode value = body.path(field);
        if (value.isMissingNode() || value.isNull()) {
            if (required) {
                wrong.add(new Violation("/" + field, "required", field + " is missing"));
            }
            return null;
        }
        if (!value.isTextual() || !form.matcher(value.asText()).matches()) {
            wrong.add(new Violation("/" + field, "format", field + " must have " + rule));
            return null;
        }
        return value.asText();
    }

    private static Set<String> types(JsonNode value, List<Violation> wrong) {
        Set<String> types = new HashSet<>();
        if (value.isMissingNode() || value.isNull()) {
            return types;
        }
        boolean fine = value.isArray() && value.size() <= MAX_TYPES;
        for (JsonNode type : value) {
            fine &= type.isTextual() && JobType.isName(type.asText());
            types.add(type.asText());
        }
        if (!fine) {
            wrong.add(new Violation(
                    "/jobTypes",
                    "format",
                    "jobTypes must be an array of at most " + MAX_TYPES + " names of job types"));
        }
        return types;
    }

    private static @Nullable Integer whole(JsonNode body, String field, int max, List<Violation> wrong) {
        JsonNode value = body.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isInt() || value.asInt() < 1 || value.asInt() > max) {
            wrong.add(new Violation("/" + field, "range", field + " must be 1 to " + max));
        }
        return value.asInt();
    }

    private @Nullable Instant expiresAt(JsonNode value, List<Violation> wrong) {
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        try {
            Duration length = Duration.parse(value.isTextual() ? value.asText() : "");
            if (length.compareTo(Duration.ZERO) > 0 && length.compareTo(LONGEST) <= 0) {
                return clock.instant().plus(length);
            }
        } catch (DateTimeParseException | ArithmeticException e) {
            // told below
        }
        wrong.add(new Violation(
                "/expiresIn", "format", "expiresIn must be an ISO 8601 duration, more than PT0S, at most " + LONGEST));
        return null;
    }
}
