package io.plainsail.cli;

import io.plainsail.client.Job;
import io.plainsail.client.Plainsail;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows one job. */
@Command(name = "job", description = "Shows a job: its state, attempts, output or error.")
final class JobCommand extends ApiCommand {
    @Parameters(paramLabel = "ID", description = "The job.")
    private UUID id;

    // What picocli sets is set before anything is asked.
    @SuppressWarnings("NullAway.Init")
    JobCommand() {}

    @Override
    int run(Plainsail plainsail, Screen screen) {
        Job job = plainsail.job(id);
        if (screen.isForPeople()) {
            JobTable.one(screen, job);
        } else {
            screen.data(job.json());
        }
        return Exit.OK;
    }
}
