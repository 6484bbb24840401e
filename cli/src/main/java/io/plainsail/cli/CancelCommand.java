package io.plainsail.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.plainsail.client.Job;
import io.plainsail.client.JobFilter;
import io.plainsail.client.Plainsail;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Cancels jobs. */
@Command(name = "cancel", description = "Cancels jobs by id, or the newest unfinished ones that meet a filter.")
final class CancelCommand extends ApiCommand {
    @Parameters(paramLabel = "ID", arity = "0..*", description = "Jobs.")
    private List<UUID> ids = new ArrayList<>();

    @Mixin
    private FilterOptions filter;

    @Mixin
    private StateOption states;

    @Option(names = "--limit", paramLabel = "N", description = "So many at most.")
    private int limit;

    @Option(names = "--dry-run", description = "Only counts them.")
    private boolean dryRun;

    // What picocli sets is set before anything is asked.
    @SuppressWarnings("NullAway.Init")
    CancelCommand() {}

    @Override
    int run(Plainsail plainsail, Screen screen) {
        boolean filtered = filter.any() || states.any();
        if (ids.isEmpty() != filtered || (!ids.isEmpty() && dryRun)) {
            throw new UsageException("cancel takes ids, or a filter such as --type or --label");
        }
        if (filtered) {
            JobFilter wanted = states.in(filter.filter());
            int count = plainsail.cancelAll(limit > 0 ? wanted.limit(limit) : wanted, dryRun);
            screen.anything(JsonNodeFactory.instance.objectNode().put(dryRun ? "matched" : "cancelled", count));
            return Exit.OK;
        }
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        for (UUID id : ids) {
            Job cancelled = plainsail.cancel(id);
            all.add(cancelled.json());
            if (screen.isForPeople()) {
                screen.say(id + " " + cancelled.state().word());
            }
        }
        if (!screen.isForPeople()) {
            screen.data(all);
        }
        return Exit.OK;
    }
}
