package io.plainsail.facade.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.plainsail.contracts.wire.WireText;
import io.plainsail.facade.access.AccessRules;
import io.plainsail.facade.access.ApiKey;
import io.plainsail.facade.access.AuditLog;
import io.plainsail.facade.access.Caller;
import io.plainsail.facade.access.Keys;
import io.plainsail.facade.access.RateLimits;
import io.plainsail.facade.access.Role;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobStore;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.core.SecurityContext;
import java.io.IOException;
import java.security.Principal;
import java.time.Clock;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Before every call of the API:
 *
 * <ol>
 *   <li>who is it: the key in {@code Authorization: Bearer psk_…}; without one 401, unless none are asked for;
 *   <li>may it: {@link AccessRules}, else 403;
 *   <li>has it requests left, else 429; {@code RateLimit} and {@code RateLimit-Policy} as the IETF's draft has them;
 *   <li>does it see the job that the path names: another tenant's job is not there, 404;
 *   <li>and after it, changes go into the audit log, refused ones too.
 * </ol>
 */
public final class AccessFilter extends HttpFilter {
    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(AccessFilter.class);
    private static final Pattern JOB = Pattern.compile("/v1/jobs/([^/]+)(?:/.*)?");

    /** What may stand in a job's place. */
    private static final Set<String> NO_JOB = Set.of("bulk", "cancel", "count");

    private static final String SCHEME = "Bearer ";
    private static final int MAX_ACTION = 2_000;

    private final transient Keys keys;
    private final transient RateLimits limits;
    private final transient AuditLog audit;
    private final transient JobStore jobs;
    private final transient Clock clock;
    private final transient ObjectMapper json;
    private final boolean required;

    /**
     * @param required whether a caller needs a key; otherwise one that has none may do everything
     */
    public AccessFilter(Keys keys, AuditLog audit, JobStore jobs, Clock clock, ObjectMapper json, boolean required) {
        this.keys = keys;
        this.limits = new RateLimits(clock);
        this.audit = audit;
        this.jobs = jobs;
        this.clock = clock;
        this.json = json;
        this.required = required;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        String path = request.getRequestURI();
        AccessRules.Rule rule = AccessRules.of(request.getMethod(), path);
        if (rule.kind() == AccessRules.Kind.OWN_TOKEN) {
            chain.doFilter(request, response);
            return;
        }
        Caller caller = Caller.ANONYMOUS;
        try {
            ApiKey key = key(request);
            if (key != null) {
                caller = key.caller();
                takeOne(key, response);
            }
            checkMethod(request.getMethod(), path, caller, response);
            checkCoding(request.getHeader("Content-Encoding"), response);
            check(caller, rule, path);
        } catch (RuntimeException e) {
            refuse(response, e);
            if (rule.audited()) {
                note(caller, request, response.getStatus());
            }
            return;
        }
        chain.doFilter(new OfCaller(request, caller), response);
        if (rule.audited()) {
            note(caller, request, response.getStatus());
        }
    }

    /** Null for nobody in particular, where that is allowed. */
    private @Nullable ApiKey key(HttpServletRequest request) {
        String given = request.getHeader("Authorization");
        if (given == null) {
            if (required) {
                throw new ProblemException(Problem.Kind.UNAUTHORIZED, "send Authorization: Bearer and an API key");
            }
            return null;
        }
        boolean bearer = given.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        return keys.authenticate(bearer ? given.substring(SCHEME.length()).strip() : "")
                .orElseThrow(() -> new ProblemException(
                        Problem.Kind.UNAUTHORIZED,
                        "this is no API key that is in force: mistyped, revoked or expired"));
    }

    private void takeOne(ApiKey key, HttpServletResponse response) {
        Integer perMinute = key.perMinute();
        if (perMinute == null) {
            return;
        }
        RateLimits.Grant grant = limits.take(key.id(), perMinute);
        response.setHeader("RateLimit-Policy", "\"key\";q=" + perMinute + ";w=60");
        response.setHeader("RateLimit", "\"key\";r=" + grant.left() + ";t=" + grant.seconds());
        if (!grant.granted()) {
            response.setIntHeader("Retry-After", grant.seconds());
            throw new ProblemException(
                    Problem.Kind.RATE_LIMITED, "the key " + key.id() + " has " + perMinute + " requests a minute");
        }
    }

    /** What is not there is not forbidden. An admin's call goes on: it may be of a path that has no rule. */
    private static void checkMethod(String method, String path, Caller caller, HttpServletResponse response) {
        Set<String> methods = AccessRules.methods(path);
        if (methods.isEmpty()) {
            if (!caller.role().includes(Role.ADMIN)) {
                throw new ProblemException(Problem.Kind.NOT_FOUND, "no resource has this path");
            }
        } else if (!methods.contains(method)) {
            response.setHeader("Allow", String.join(", ", methods));
            throw new ProblemException(Problem.Kind.METHOD_NOT_ALLOWED, "this has " + String.join(", ", methods));
        }
    }

    /** What was sent with gzip is inflated by now, and bears no such header any more. */
    private static void checkCoding(@Nullable String coding, HttpServletResponse response) {
        if (coding != null && !coding.equalsIgnoreCase("identity")) {
            response.setHeader("Accept-Encoding", "gzip");
            throw new ProblemException(
                    Problem.Kind.UNSUPPORTED_MEDIA_TYPE, "Content-Encoding must be gzip, or there must be none");
        }
    }

    private void check(Caller caller, AccessRules.Rule rule, String path) {
        if (rule.kind() == AccessRules.Kind.ANYBODY) {
            return;
        }
        if (!caller.role().includes(rule.role())) {
            throw new ProblemException(
                    Problem.Kind.FORBIDDEN,
                    "this takes the role " + rule.role().word() + ", and the key " + caller.id() + " has "
                            + caller.role().word());
        }
        String tenant = caller.tenant();
        if (tenant == null) {
            return;
        }
        if (rule.kind() == AccessRules.Kind.WHOLE) {
            throw new ProblemException(
                    Problem.Kind.FORBIDDEN, "this concerns all tenants, and the key is of the tenant " + tenant);
        }
        Matcher job = JOB.matcher(path);
        if (job.matches() && !NO_JOB.contains(job.group(1))) {
            // Only in the spelling that has no other: what is decoded later must not be another job.
            UUID id = JobsResource.jobId(job.group(1));
            if (jobs.owner(id).filter(owner -> owner.tenant().equals(tenant)).isEmpty()) {
                throw JobsResource.unknown(job.group(1));
            }
        }
    }

    private void refuse(HttpServletResponse response, RuntimeException reason) throws IOException {
        ProblemMapper.Answer answer = ProblemMapper.answerTo(reason);
        if (answer.retryAfterSeconds() > 0) {
            response.setIntHeader("Retry-After", answer.retryAfterSeconds());
        }
        if (answer.problem().status() == HttpServletResponse.SC_UNAUTHORIZED) {
            response.setHeader("WWW-Authenticate", "Bearer");
        }
        byte[] body = json.writeValueAsBytes(answer.problem());
        response.setStatus(answer.problem().status());
        response.setContentType(Problem.MEDIA_TYPE);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    /** The change is made when this is called: that it could not be noted must not deny it. */
    private void note(Caller caller, HttpServletRequest request, int status) {
        String query = request.getQueryString();
        String action = request.getMethod() + " " + request.getRequestURI() + (query == null ? "" : "?" + query);
        Object detail = request.getAttribute(DETAIL);
        try {
            audit.add(new AuditLog.Entry(
                    JobIds.next(),
                    clock.instant(),
                    caller.id(),
                    WireText.storable(String.valueOf(request.getRemoteAddr()), 100),
                    WireText.storable(action, MAX_ACTION),
                    status,
                    detail == null ? null : WireText.storable(json.writeValueAsString(detail), 20_000)));
        } catch (IOException | RuntimeException e) {
            log.error("{} by {} was answered {} and is missing in the audit log", action, caller.id(), status, e);
        }
    }

    /** Where a resource puts what was before and is after. */
    static final String DETAIL = "io.plainsail.audit.detail";

    private static final class OfCaller extends HttpServletRequestWrapper {
        private final Caller caller;

        OfCaller(HttpServletRequest request, Caller caller) {
            super(request);
            this.caller = caller;
        }

        @Override
        public Principal getUserPrincipal() {
            return caller;
        }
    }

    static Caller caller(HttpServletRequest request) {
        return of(request.getUserPrincipal());
    }

    static Caller caller(SecurityContext security) {
        return of(security.getUserPrincipal());
    }

    private static Caller of(@Nullable Principal principal) {
        if (principal instanceof Caller caller) {
            return caller;
        }
        throw new IllegalStateException("a request came past the access filter");
    }
}
