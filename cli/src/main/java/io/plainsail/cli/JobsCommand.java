package io.plainsail.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.plainsail.client.Job;
import io.plainsail.client.JobFilter;
import io.plainsail.client.Plainsail;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists jobs. */
@Command(name = "jobs", description = "Lists jobs, newest first.")
final class JobsCommand extends ApiCommand {
    private static final int PAGE = 100;

    @Mixin
    private FilterOptions filter;

    @Mixin
    private StateOption states;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            defaultValue = "50",
            description = "So many at most; by default ${DEFAULT-VALUE}.")
    private int limit;

    // What picocli sets is set before anything is asked.
    @SuppressWarnings("NullAway.Init")
    JobsCommand() {}

    @Override
    int run(Plainsail plainsail, Screen screen) {
        if (limit < 1 || limit > 100_000) {
            throw new UsageException("--limit is " + limit + ": must be 1 to 100000");
        }
        JobFilter wanted = states.in(filter.filter()).limit(Math.min(limit, PAGE));
        List<Job> jobs = plainsail.jobs(wanted).limit(limit).toList();
        if (screen.isForPeople()) {
            JobTable.list(screen, jobs);
        } else {
            ArrayNode all = JsonNodeFactory.instance.arrayNode();
            jobs.forEach(job -> all.add(job.json()));
            screen.data(all);
        }
        return Exit.OK;
    }
}
