package io.plainsail.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.client.JobFilter;
import io.plainsail.client.Plainsail;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
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

        @Mixin
        private StateOption states;

        // What picocli sets is set before anything is asked.
        @SuppressWarnings("NullAway.Init")
        Counts() {}

        @Override
        int run(Plainsail plainsail, Screen screen) {
            JobFilter wanted = states.in(filter.filter());
            screen.anything(plainsail.operations().counts(wanted));
            return Exit.OK;
        }
    }

    /** From when to when. */
    static final class Window {
        @Option(names = "--from", paramLabel = "TIME", description = "From then on; by default an hour before the end.")
        private @Nullable Instant from;

        @Option(names = "--before", paramLabel = "TIME", description = "Until then; by default until now.")
        private @Nullable Instant before;

        JobFilter filter() {
            JobFilter filter = from == null ? JobFilter.all() : JobFilter.all().from(from);
            return before == null ? filter : filter.before(before);
        }
    }

    /** What a release is worth. */
    @Command(name = "releases", description = "Tells what came of the attempts that ended in a time, by release.")
    static final class Releases extends ApiCommand {
        @Mixin
        private Window window;

        @Option(names = "--type", paramLabel = "TYPE", description = "Of this job type.")
        private @Nullable String type;

        // What picocli sets is set before anything is asked.
        @SuppressWarnings("NullAway.Init")
        Releases() {}

        @Override
        int run(Plainsail plainsail, Screen screen) {
            JobFilter filter = type == null ? window.filter() : window.filter().type(type);
            JsonNode answer = plainsail.operations().releases(filter);
            screen.anything(screen.isForPeople() ? answer.path("releases") : answer);
            return Exit.OK;
        }
    }

    /** The proof. */
    @Command(
            name = "receipt",
            description = "Tells what became of all jobs that were accepted in a time; fails if one was lost.")
    static final class Receipt extends ApiCommand {
        @Mixin
        private Window window;

        // What picocli sets is set before anything is asked.
        @SuppressWarnings("NullAway.Init")
        Receipt() {}

        @Override
        int run(Plainsail plainsail, Screen screen) {
            JsonNode answer = plainsail.operations().receipt(window.filter());
            screen.anything(answer);
            return answer.path("balances").asBoolean() ? Exit.OK : Exit.JOB_FAILED;
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
