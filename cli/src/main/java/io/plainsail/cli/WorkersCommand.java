package io.plainsail.cli;

import io.plainsail.client.Plainsail;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Lists worker instances, and drains them. */
@Command(
        name = "workers",
        description = "Lists the worker instances; drains one, or lets it work again.",
        subcommands = {WorkersCommand.Drain.class, WorkersCommand.Resume.class})
final class WorkersCommand extends ApiCommand {
    @Override
    int run(Plainsail plainsail, Screen screen) {
        screen.anything(plainsail.operations().workers());
        return Exit.OK;
    }

    /** It finishes what it runs. */
    @Command(name = "drain", description = "The instance takes no further jobs, and finishes those that it runs.")
    static final class Drain extends ApiCommand {
        @Parameters(paramLabel = "INSTANCE", description = "As `workers` names it.")
        private String instance;

        // What picocli sets is set before anything is asked.
        @SuppressWarnings("NullAway.Init")
        Drain() {}

        @Override
        int run(Plainsail plainsail, Screen screen) {
            screen.anything(plainsail.operations().drain(instance));
            return Exit.OK;
        }
    }

    /** It takes jobs again. */
    @Command(name = "resume", description = "The instance takes jobs again.")
    static final class Resume extends ApiCommand {
        @Parameters(paramLabel = "INSTANCE", description = "As `workers` names it.")
        private String instance;

        // What picocli sets is set before anything is asked.
        @SuppressWarnings("NullAway.Init")
        Resume() {}

        @Override
        int run(Plainsail plainsail, Screen screen) {
            screen.anything(plainsail.operations().resume(instance));
            return Exit.OK;
        }
    }
}
