package io.plainsail.cli;

import io.plainsail.client.JobFilter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which jobs are meant. */
final class FilterOptions {
    @Option(names = "--type", paramLabel = "TYPE", description = "Of this job type.")
    private @Nullable String type;

    @Option(names = "--label", paramLabel = "NAME=VALUE", description = "With this label; may be repeated.")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(names = "--fingerprint", paramLabel = "HEX", description = "That failed in this way, as `dead` shows it.")
    private @Nullable String fingerprint;

    @Option(
            names = "--from",
            paramLabel = "TIME",
            description = "Accepted then or later, such as 2026-01-31T12:00:00Z.")
    private @Nullable Instant from;

    @Option(names = "--before", paramLabel = "TIME", description = "Accepted earlier.")
    private @Nullable Instant before;

    JobFilter filter() {
        JobFilter filter = JobFilter.all();
        filter = type == null ? filter : filter.type(type);
        for (Map.Entry<String, String> label : labels.entrySet()) {
            filter = filter.label(label.getKey(), label.getValue());
        }
        filter = fingerprint == null ? filter : filter.fingerprint(fingerprint);
        filter = from == null ? filter : filter.from(from);
        return before == null ? filter : filter.before(before);
    }

    boolean any() {
        return type != null || !labels.isEmpty() || fingerprint != null || from != null || before != null;
    }
}
