package io.plainsail.facade.http;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.plainsail.contracts.wire.TraceContext;
import io.plainsail.messaging.trace.Tracing;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import java.io.IOException;
import java.util.Collections;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.glassfish.jersey.server.ExtendedUriInfo;
import org.jspecify.annotations.Nullable;

/**
 * The trace that a request belongs to: its caller's, by the headers of W3C Trace Context, which count for nothing where they are
 * not in that form. Where traces are recorded, a request has a span by the semantic conventions for HTTP servers if its caller
 * traces, or if it may make jobs: the workers' own questions and the polling of others would be noise.
 */
public final class TracingFilter extends HttpFilter {
    private static final long serialVersionUID = 1L;
    private static final String ROUTE = TracingFilter.class.getName() + ".route";
    private static final String SUBMIT = "/v1/jobs";
    private static final Pattern MAKES_JOBS = Pattern.compile("/v1/(jobs(/bulk|/[^/]+/replay)?|dead-jobs/replay)");
    private static final int SERVER_ERROR = 500;

    private final transient Tracing tracing;

    public TracingFilter(Tracing tracing) {
        this.tracing = tracing;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        TraceContext caller = TraceContext.of(request.getHeader("traceparent"), tracestate(request));
        boolean recorded = tracing.isOn() && (caller != null || mayMakeJobs(request));
        if (!recorded && caller == null) {
            chain.doFilter(request, response);
            return;
        }
        Context parent = Tracing.context(caller);
        if (!recorded) {
            try (Scope ignored = parent.makeCurrent()) {
                chain.doFilter(request, response);
            }
            return;
        }
        Span span = span(request, parent);
        try (Scope ignored = parent.with(span).makeCurrent()) {
            chain.doFilter(request, response);
            answered(span, request, response.getStatus());
        } catch (IOException | ServletException | RuntimeException e) {
            Tracing.fail(span, e.getClass().getName(), String.valueOf(e.getMessage()));
            throw e;
        } finally {
            span.end();
        }
    }

    /** It may come in several headers. */
    private static @Nullable String tracestate(HttpServletRequest request) {
        String all = Collections.list(request.getHeaders("tracestate")).stream().collect(Collectors.joining(","));
        return all.isEmpty() ? null : all;
    }

    private static boolean mayMakeJobs(HttpServletRequest request) {
        return request.getMethod().equals("POST")
                && MAKES_JOBS.matcher(request.getRequestURI()).matches();
    }

    private Span span(HttpServletRequest request, Context parent) {
        return tracing.span(request.getMethod(), SpanKind.SERVER, parent)
                .setAttribute("http.request.method", request.getMethod())
                .setAttribute("url.path", request.getRequestURI())
                .setAttribute("url.scheme", request.getScheme())
                .setAttribute("server.address", request.getServerName())
                .setAttribute("server.port", (long) request.getServerPort())
                .setAttribute("client.address", request.getRemoteAddr())
                .startSpan();
    }

    private static void answered(Span span, HttpServletRequest request, int status) {
        Object route = request.getAttribute(ROUTE);
        if (route == null && request.getRequestURI().equals(SUBMIT)) {
            route = SUBMIT; // It may have gone past Jersey.
        }
        if (route != null) {
            span.updateName(request.getMethod() + " " + route).setAttribute("http.route", route.toString());
        }
        span.setAttribute("http.response.status_code", (long) status);
        if (status >= SERVER_ERROR) {
            Tracing.fail(span, Integer.toString(status), "");
        }
    }

    /** Keeps the template that a request's path was found by. */
    public static final class Route implements ContainerRequestFilter {
        @Override
        public void filter(ContainerRequestContext request) {
            if (request.getUriInfo() instanceof ExtendedUriInfo uri) {
                StringBuilder route = new StringBuilder();
                // The innermost comes first.
                uri.getMatchedTemplates().forEach(template -> route.insert(0, template.getTemplate()));
                request.setProperty(ROUTE, route.toString());
            }
        }
    }
}
