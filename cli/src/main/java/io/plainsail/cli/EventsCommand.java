package io.plainsail.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.client.Job;
import io.plainsail.client.JobChanges;
import io.plainsail.client.JobEvent;
import io.plainsail.client.JobFilter;
import io.plainsail.client.Plainsail;
import io.plainsail.client.PlainsailException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows the changes of many jobs as they come. */
@Command(
        name = "events",
        description =
                "Shows the changes of all jobs that meet the filter as they come, until it is ended; as JSON or YAML,"
                        + " each with the position after which --after goes on.")
final class EventsCommand extends ApiCommand {
    @Option(names = "--type", paramLabel = "TYPE", description = "Of this job type.")
    private @Nullable String type;

    @Option(names = "--label", paramLabel = "NAME=VALUE", description = "With this label; may be repeated.")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Mixin
    private StateOption states;

    @Option(
            names = "--after",
            paramLabel = "POSITION",
            defaultValue = "",
            description = "Begins after what an earlier run has shown, without a gap and without repeating.")
    private String after;

    @Option(names = "--for", paramLabel = "TIME", description = "Ends after so long, such as 5m.")
    private @Nullable Duration time;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            description = "Ends after so many.")
    private @Nullable Integer limit;

    // What picocli sets is set before anything is asked.
    @SuppressWarnings("NullAway.Init")
    EventsCommand() {}

    @Override
    int run(Plainsail plainsail, Screen screen) {
        if (limit != null && limit < 1) {
            throw new UsageException("--limit is " + limit + ": must be 1 or more");
        }
        JobFilter filter = type == null ? JobFilter.all() : JobFilter.all().type(type);
        for (Map.Entry<String, String> label : labels.entrySet()) {
            filter = filter.label(label.getKey(), label.getValue());
        }
        try (JobChanges changes = plainsail.changes(states.in(filter), after)) {
            if (time != null) {
                changes.within(time);
            }
            for (int shown = 0; limit == null || shown < limit; shown++) {
                if (around().out().checkError() || !hasNext(changes)) {
                    break;
                }
                show(screen, changes.next());
            }
        }
        return Exit.OK;
    }

    /** The time that was asked for is no failure. */
    private boolean hasNext(JobChanges changes) {
        try {
            return changes.hasNext();
        } catch (PlainsailException e) {
            if (time != null && e.kind() == PlainsailException.Kind.TIMED_OUT) {
                return false;
            }
            throw e;
        }
    }

    private static void show(Screen screen, JobEvent.Changed change) {
        Job job = change.job();
        if (!screen.isForPeople()) {
            ObjectNode event = JsonNodeFactory.instance.objectNode();
            event.put("event", "job").put("position", change.id()).set("job", job.json());
            screen.next(event);
            return;
        }
        String labels = job.labels().entrySet().stream()
                .map(label -> " " + label.getKey() + "=" + label.getValue())
                .collect(Collectors.joining());
        screen.say(JobWatch.time(job) + " " + job.id() + " " + job.type() + " v" + job.version() + " "
                + JobWatch.status(job) + labels);
    }
}
