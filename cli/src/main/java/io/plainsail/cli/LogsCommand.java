package io.plainsail.cli;

import io.plainsail.client.JobEvent;
import io.plainsail.client.JobEvents;
import io.plainsail.client.LogLine;
import io.plainsail.client.Plainsail;
import java.util.Iterator;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a job logged. */
@Command(name = "logs", description = "Shows what a job logged; as JSON, a line of the log on each line.")
final class LogsCommand extends ApiCommand {
    @Parameters(paramLabel = "ID", description = "The job.")
    private UUID id;

    @Option(
            names = {"-f", "--follow"},
            description = "Goes on until the job has ended.")
    private boolean follow;

    // What picocli sets is set before anything is asked.
    @SuppressWarnings("NullAway.Init")
    LogsCommand() {}

    @Override
    int run(Plainsail plainsail, Screen screen) {
        if (!follow) {
            Iterator<LogLine> lines = plainsail.logs(id).iterator();
            while (lines.hasNext() && !around().out().checkError()) {
                show(screen, lines.next());
            }
            return Exit.OK;
        }
        try (JobEvents events = plainsail.events(id)) {
            while (!around().out().checkError() && events.hasNext()) {
                if (events.next() instanceof JobEvent.Logged logged) {
                    show(screen, logged.line());
                }
            }
        }
        return Exit.OK;
    }

    private static void show(Screen screen, LogLine line) {
        if (screen.isForPeople()) {
            screen.say(line.line());
        } else {
            screen.next(JobWatch.logEvent(line));
        }
    }
}
