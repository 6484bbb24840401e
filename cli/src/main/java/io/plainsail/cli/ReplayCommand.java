package io.plainsail.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.client.Job;
import io.plainsail.client.JobFilter;
import io.plainsail.client.Plainsail;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Repeats jobs that failed for good. */
@Command(
        name = "replay",
        description = "Repeats a job that failed for good as a new one, or all that meet a filter and were not repeated"
                + " yet. For one job, INPUT replaces its input; it is given as to submit.")
final class ReplayCommand extends ApiCommand {
    @Parameters(index = "0", paramLabel = "ID", arity = "0..1", description = "The job.")
    private @Nullable UUID id;

    @Parameters(index = "1..*", paramLabel = "INPUT", arity = "0..*", description = "Its new input.")
    private List<String> input = new ArrayList<>();

    @Mixin
    private FilterOptions filter;

    @Option(names = "--all", description = "All of them, without a filter.")
    private boolean all;

    @Option(names = "--rate", paramLabel = "N", description = "So many in a second; by default all at once.")
    private int rate;

    @Option(
            names = "--on-release",
            paramLabel = "RELEASE",
            description = "Workers of that release are to run them; any may if they go meanwhile.")
    private @Nullable String release;

    @Option(names = "--limit", paramLabel = "N", description = "So many at most.")
    private int limit;

    @Option(names = "--dry-run", description = "Only counts them.")
    private boolean dryRun;

    // What picocli sets is set before anything is asked.
    @SuppressWarnings("NullAway.Init")
    ReplayCommand() {}

    @Override
    int run(Plainsail plainsail, Screen screen) {
        boolean many = all || filter.any();
        if ((id == null) != many || (id != null && (dryRun || rate != 0))) {
            throw new UsageException("replay takes an id, or --all, or a filter such as --type or --fingerprint");
        }
        if (id == null) {
            JobFilter wanted = limit > 0 ? filter.filter().limit(limit) : filter.filter();
            JsonNode answer = release == null
                    ? plainsail.replayAll(wanted, rate, dryRun)
                    : plainsail.replayAllOn(release, wanted, rate, dryRun);
            screen.anything(answer);
            return answer.path("refusedInAll").asInt() > 0 ? Exit.REFUSED : Exit.OK;
        }
        Job replay = replayed(plainsail, id);
        if (screen.isForPeople()) {
            screen.say(replay.id().toString());
        } else {
            screen.data(replay.json());
        }
        return Exit.OK;
    }

    private Job replayed(Plainsail plainsail, UUID dead) {
        if (input.isEmpty()) {
            return release == null ? plainsail.replay(dead) : plainsail.replayOn(release, dead);
        }
        JsonNode edited = new InputArguments(around().in()).read(input);
        return release == null ? plainsail.replay(dead, edited) : plainsail.replayOn(release, dead, edited);
    }
}
