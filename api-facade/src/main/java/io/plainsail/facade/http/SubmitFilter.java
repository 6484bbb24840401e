package io.plainsail.facade.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The short way for what comes most often: one job request in plain JSON. Jersey would take longer over it than all that
 * is done with it.
 *
 * <p>Any other request, and any other form of this one, goes on to Jersey; {@link JobsResource#submit} gives the same
 * answers. Mapped to {@code /v1/jobs}.
 */
public final class SubmitFilter extends HttpFilter {
    private static final long serialVersionUID = 1L;

    private final transient JobsResource jobs;
    private final transient ObjectMapper json;

    public SubmitFilter(JobsResource jobs, ObjectMapper json) {
        this.jobs = jobs;
        this.json = json;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!isUsual(request)) {
            chain.doFilter(request, response);
            return;
        }
        try {
            JobView job = jobs.accept(
                    request.getInputStream(),
                    request.getContentLength(),
                    request.getHeader(Idempotency.HEADER),
                    AccessFilter.caller(request));
            response.setHeader("Location", JobView.path(job.id()));
            jobs.lifetime(job).forEach(response::setHeader);
            answer(response, HttpServletResponse.SC_ACCEPTED, "application/json", job);
        } catch (RuntimeException e) {
            ProblemMapper.Answer answer = ProblemMapper.answerTo(e);
            if (answer.retryAfterSeconds() > 0) {
                response.setIntHeader("Retry-After", answer.retryAfterSeconds());
            }
            answer(response, answer.problem().status(), Problem.MEDIA_TYPE, answer.problem());
        }
    }

    /** A POST of JSON in UTF-8 as it is, that takes JSON as the answer. */
    private static boolean isUsual(HttpServletRequest request) {
        return "POST".equals(request.getMethod())
                && isJson(request.getContentType())
                && isAny(request.getHeader("Accept"))
                && request.getHeader("Content-Encoding") == null
                && request.getHeader(Preference.HEADER) == null
                && request.getQueryString() == null;
    }

    private static boolean isJson(@Nullable String type) {
        return type != null
                && (type.equalsIgnoreCase("application/json")
                        || type.equalsIgnoreCase("application/json; charset=utf-8")
                        || type.equalsIgnoreCase("application/json;charset=utf-8"));
    }

    private static boolean isAny(@Nullable String accept) {
        return accept == null || accept.equals("*/*") || accept.equals("application/json");
    }

    private void answer(HttpServletResponse response, int status, String type, Object body) throws IOException {
        byte[] bytes = json.writeValueAsBytes(body);
        response.setStatus(status);
        response.setContentType(type);
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }
}
