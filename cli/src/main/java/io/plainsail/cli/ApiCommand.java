package io.plainsail.cli;

import io.plainsail.client.Plainsail;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that asks the facade. */
abstract class ApiCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    // What picocli sets is set before anything is asked.
    @SuppressWarnings("NullAway.Init")
    ApiCommand() {}

    /** Gives the exit code. */
    abstract int run(Plainsail plainsail, Screen screen);

    @Override
    public final Integer call() {
        return run(root().plainsail(), root().screen());
    }

    Surroundings around() {
        return root().around();
    }

    private PlainsailCommand root() {
        return (PlainsailCommand) spec.root().userObject();
    }
}
