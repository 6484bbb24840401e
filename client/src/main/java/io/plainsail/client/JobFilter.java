package io.plainsail.client;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Which jobs are meant. Immutable: each method returns another filter. The facade refuses what does not fit a call. */
public final class JobFilter {
    private static final JobFilter ALL = new JobFilter(List.of());

    private final List<Parameter> parameters;

    private record Parameter(String name, String value) {}

    private JobFilter(List<Parameter> parameters) {
        this.parameters = parameters;
    }

    /** All jobs. */
    public static JobFilter all() {
        return ALL;
    }

    /** In one of these states, and of those that were named before. */
    public JobFilter state(JobState... states) {
        JobFilter filter = this;
        for (JobState state : states) {
            filter = filter.with("state", state.word());
        }
        return filter;
    }

    public JobFilter type(String type) {
        return with("type", type);
    }

    /** With this label, and with those that were named before. */
    public JobFilter label(String name, String value) {
        return with("label", name + ":" + value);
    }

    /** That failed in this way. */
    public JobFilter fingerprint(String fingerprint) {
        return with("fingerprint", fingerprint);
    }

    /** Accepted then or later. */
    public JobFilter from(Instant time) {
        return with("from", time.toString());
    }

    /** Accepted earlier. */
    public JobFilter before(Instant time) {
        return with("before", time.toString());
    }

    /** Of a list, jobs on a page; else, how many are touched at most. */
    public JobFilter limit(int limit) {
        return with("limit", Integer.toString(limit));
    }

    JobFilter with(String name, String value) {
        List<Parameter> more = new ArrayList<>(parameters);
        more.add(new Parameter(name, value));
        return new JobFilter(List.copyOf(more));
    }

    /** As a query with its question mark; empty for none. */
    String query() {
        StringBuilder query = new StringBuilder();
        for (Parameter parameter : parameters) {
            query.append(query.isEmpty() ? '?' : '&')
                    .append(parameter.name())
                    .append('=')
                    .append(URLEncoder.encode(parameter.value(), StandardCharsets.UTF_8));
        }
        return query.toString();
    }
}
