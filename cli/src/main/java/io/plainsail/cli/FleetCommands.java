package io.plainsail.cli;

import io.plainsail.client.JobFilter;
import io.plainsail.client.JobState;
import io.plainsail.client.Plainsail;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What has nothing to choose but how it is shown: all fields that the facade gives. */
final class FleetCommands {
    private FleetCommands() {}

    /** By job type and version. */
    @Command(name = "queues", description = "Lists the queues: what waits, runs and is to be tried again, by job type.")
    static final class Queues extends ApiCommand {
        @Override
        int run(Plainsail plainsail, Screen screen) {
            screen.anything(plainsail.operations().queues());
            return Exit.OK;
        }
    }

    /** By state. */
    @Command(name = "counts", description = "Counts jobs, by state.")
    static final class Counts extends ApiCommand {
        @Mixin
        private FilterOptions filter;

        @Option(names = "--state", paramLabel = "STATE", description = "In this state; may be repeated.")
        private List<JobState> states = new ArrayList<>();

        // What picocli sets is set before anything is asked.
        @SuppressWarnings("NullAway.Init")
        Counts() {}

        @Override
        int run(Plainsail plainsail, Screen screen) {
            JobFilter wanted = filter.filter().state(states.toArray(new JobState[0]));
            screen.anything(plainsail.operations().counts(wanted));
            return Exit.OK;
        }
    }

    /** Of the key. */
    @Command(name = "whoami", description = "Tells who the API key belongs to, and what it may do.")
    static final class Whoami extends ApiCommand {
        @Override
        int run(Plainsail plainsail, Screen screen) {
            screen.anything(plainsail.operations().whoami());
            return Exit.OK;
        }
    }
}
