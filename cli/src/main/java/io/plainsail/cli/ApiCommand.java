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

    /** What the option gives, else the environment, else the profile, else {@code otherwise}. */
    String setting(String given, String variable, String field, String otherwise) {
        return root().setting(given, variable, field, otherwise);
    }

    private PlainsailCommand root() {
        return (PlainsailCommand) spec.root().userObject();
    }
}
