package io.plainsail.facade.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.plainsail.contracts.wire.WireText;
import io.plainsail.facade.access.AccessRules;
import io.plainsail.facade.access.ApiKey;
import io.plainsail.facade.access.AuditLog;
import io.plainsail.facade.access.Caller;
import io.plainsail.facade.access.Keys;
import io.plainsail.facade.access.OidcTokens;
import io.plainsail.facade.access.Quotas;
import io.plainsail.facade.access.RateLimits;
import io.plainsail.facade.access.RefusedTokenException;
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
import java.util.LinkedHashMap;
import java.util.Map;
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
 *   <li>who is it: the key in {@code Authorization: Bearer psk_…}, or a token of the issuer's; without one 401, unless none
 *       are asked for; 503 for a token while the issuer is away and its key is not known;
 *   <li>may it: {@link AccessRules}, else 403;
 *   <li>has it requests left, else 429; {@code RateLimit} and {@code RateLimit-Policy} as
 *       draft-ietf-httpapi-ratelimit-headers-10 has them;
 *   <li>does it see the job that the path names: another tenant's job is not there, 404;
 *   <li>and after it, changes go into the audit log, those too that a known caller was refused.
 * </ol>
 */
public final class AccessFilter extends HttpFilter {
    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(AccessFilter.class);
    private static final Pattern JOB = Pattern.compile("/v1/jobs/([^/]+)(?:/.*)?");

    /** What may stand in a job's place. */
    private static final Set<String> NO_JOB = Set.of("bulk", "cancel", "count", "release");

    /** How one calls one's own machine. */
    private static final Pattern LOOPBACK =
            Pattern.compile("localhost|127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}|\\[?::1]?|\\[?0:0:0:0:0:0:0:1]?");

    private static final String SCHEME = "Bearer ";
    private static final int MAX_ACTION = 2_000;
    private static final int MAX_DETAIL = 20_000;

    /** As the client may find the issuer's new key by then. */
    private static final int ISSUER_RETRY_SECONDS = 10;

    private final transient Keys keys;
    private final transient @Nullable OidcTokens tokens;
    private final transient RateLimits limits;
    private final transient Quotas quotas;
    private final transient AuditLog audit;
    private final transient JobStore jobs;
    private final transient Clock clock;
    private final transient ObjectMapper json;
    private final transient @Nullable Set<String> openTo;

    /**
     * @param tokens null if no issuer's tokens are taken
     * @param openTo null if every caller needs a key; otherwise one on this machine that has none may do everything, and
     *     so may web pages of these origins there
     */
    public AccessFilter(
            Keys keys,
            @Nullable OidcTokens tokens,
            Quotas quotas,
            AuditLog audit,
            JobStore jobs,
            Clock clock,
            ObjectMapper json,
            @Nullable Set<String> openTo) {
        this.keys = keys;
        this.tokens = tokens;
        this.quotas = quotas;
        this.limits = new RateLimits(clock);
        this.audit = audit;
        this.jobs = jobs;
        this.clock = clock;
        this.json = json;
        this.openTo = openTo;
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
        Caller caller = null;
        try {
            Known known = known(request, response);
            caller = known.caller();
            tellQuota(caller, response);
            if (known.perMinute() != null) {
                takeOne(caller, known.perMinute(), response);
            }
            checkMethod(request.getMethod(), path, caller, response);
            checkCoding(request.getHeader("Content-Encoding"), response);
            check(caller, rule, path);
        } catch (RuntimeException e) {
            refuse(response, e);
            // Not of nobody, nor of one who asks too often: neither must be able to fill the store.
            if (rule.audited() && caller != null && response.getStatus() != Problem.Kind.RATE_LIMITED.status()) {
                note(caller, request, response.getStatus());
            }
            return;
        }
        chain.doFilter(new OfCaller(request, caller), response);
        if (rule.audited()) {
            note(caller, request, response.getStatus());
        }
    }

    /**
     * Who it is.
     *
     * @param perMinute null for no limit
     */
    private record Known(Caller caller, @Nullable Integer perMinute) {}

    private Known known(HttpServletRequest request, HttpServletResponse response) {
        String given = request.getHeader("Authorization");
        if (given == null) {
            if (openTo == null) {
                throw unauthorized(
                        response,
                        "",
                        tokens == null
                                ? "send Authorization: Bearer and an API key"
                                : "send Authorization: Bearer and an API key or a token");
            }
            refuseWebPages(request, openTo);
            return new Known(Caller.ANONYMOUS, null);
        }
        boolean bearer = given.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        String text = bearer ? given.substring(SCHEME.length()).strip() : "";
        if (tokens != null && OidcTokens.isToken(text)) {
            return ofToken(tokens, text, response);
        }
        ApiKey key = keys.authenticate(text)
                .orElseThrow(() -> unauthorized(
                        response, "", "this is no API key that is in force: mistyped, revoked or expired"));
        return new Known(key.caller(), key.perMinute());
    }

    /**
     * Where nobody is asked for a key, everybody on this machine may do everything; a page that somebody there looks at, from
     * wherever it comes, may not. Its browser says that the page is foreign, or, if the page has its own name lead here
     * (DNS rebinding), calls this facade by that name.
     */
    private static void refuseWebPages(HttpServletRequest request, Set<String> origins) {
        String origin = String.valueOf(request.getHeader("Origin"));
        boolean foreign = "cross-site".equals(request.getHeader("Sec-Fetch-Site")) && !origins.contains(origin);
        if (foreign || !LOOPBACK.matcher(request.getServerName()).matches()) {
            throw new ProblemException(
                    Problem.Kind.FORBIDDEN,
                    "without a key this facade answers callers on its own machine, by the names localhost, 127.0.0.1 and ::1,"
                            + " and no web pages of others");
        }
    }

    private static Known ofToken(OidcTokens tokens, String text, HttpServletResponse response) {
        try {
            return new Known(tokens.authenticate(text), tokens.perMinute());
        } catch (RefusedTokenException e) {
            String reason = WireText.storable(String.valueOf(e.getMessage()), 300);
            switch (e.kind()) {
                case WITHOUT_RIGHTS -> throw new ProblemException(Problem.Kind.FORBIDDEN, reason);
                case ISSUER_AWAY -> {
                    response.setIntHeader("Retry-After", ISSUER_RETRY_SECONDS);
                    throw new ProblemException(Problem.Kind.ISSUER_UNAVAILABLE, reason);
                }
                default -> throw unauthorized(response, " error=\"invalid_token\"", reason);
            }
        }
    }

    private static ProblemException unauthorized(HttpServletResponse response, String error, String reason) {
        response.setHeader("WWW-Authenticate", "Bearer" + error);
        return new ProblemException(Problem.Kind.UNAUTHORIZED, reason);
    }

    /** As it stands before this request: what it takes is known when the answer may be on its way. */
    private void tellQuota(Caller caller, HttpServletResponse response) {
        quotas.standing(caller.id()).ifPresent(standing -> {
            // The draft's units are requests and bytes: another one has a parameter of its own, with a vendor's prefix.
            response.addHeader(
                    "RateLimit-Policy", "\"jobs\";q=" + standing.quota() + ";w=86400;plainsail-unit=\"jobs\"");
            response.addHeader("RateLimit", "\"jobs\";r=" + standing.left() + ";t=" + standing.seconds());
        });
    }

    private void takeOne(Caller caller, int perMinute, HttpServletResponse response) {
        RateLimits.Grant grant = limits.take(caller.id(), perMinute);
        response.addHeader("RateLimit-Policy", "\"key\";q=" + perMinute + ";w=60");
        response.addHeader("RateLimit", "\"key\";r=" + grant.left() + ";t=" + grant.seconds());
        if (!grant.granted()) {
            response.setIntHeader("Retry-After", grant.seconds());
            throw new ProblemException(
                    Problem.Kind.RATE_LIMITED, caller.id() + " has " + perMinute + " requests a minute");
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
                    detail == null ? null : storable(json.writeValueAsString(detail))));
        } catch (IOException | RuntimeException e) {
            log.error("{} by {} was answered {} and is missing in the audit log", action, caller.id(), status, e);
        }
    }

    /** Whole or not at all: half of it could not be read again. */
    private static String storable(String detail) {
        return detail.length() <= MAX_DETAIL
                ? detail
                : "{\"omitted\":\"it has " + detail.length() + " characters, and " + MAX_DETAIL + " are kept\"}";
    }

    /** Where a resource puts what was before and is after. */
    private static final String DETAIL = "io.plainsail.audit.detail";

    /**
     * For the audit log: what this request changed.
     *
     * @param before null if there was nothing
     * @param after null if there is nothing any more
     */
    static void noteChange(HttpServletRequest request, @Nullable Object before, @Nullable Object after) {
        Map<String, Object> change = new LinkedHashMap<>();
        if (before != null) {
            change.put("before", before);
        }
        if (after != null) {
            change.put("after", after);
        }
        request.setAttribute(DETAIL, change);
    }

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
