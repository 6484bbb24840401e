package io.plainsail.cli;

import io.plainsail.client.Job;
import io.plainsail.client.JobEvents;
import io.plainsail.client.Plainsail;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows a job while it goes on. */
@Command(
        name = "watch",
        description = "Shows a job's progress and log until it has ended; as JSON, an event on each line.")
final class WatchCommand extends ApiCommand {
    @Parameters(paramLabel = "ID", description = "The job.")
    private UUID id;

    @Option(names = "--at-most", paramLabel = "TIME", description = "Gives up waiting after so long, such as 5m.")
    private @Nullable Duration atMost;

    // What picocli sets is set before anything is asked.
    @SuppressWarnings("NullAway.Init")
    WatchCommand() {}

    @Override
    int run(Plainsail plainsail, Screen screen) {
        JobEvents events = plainsail.events(id);
        Job last =
                new JobWatch(around().out(), around(), screen).follow(atMost == null ? events : events.within(atMost));
        return last != null && last.ended() ? Exit.of(last.state()) : Exit.OK;
    }
}
