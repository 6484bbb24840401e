package io.plainsail.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what a shell completes by. */
@Command(
        name = "completion",
        description = {
            "Prints what a shell completes commands and options by:",
            "  bash: source <(plainsail completion bash)",
            "  zsh:  source <(plainsail completion zsh)"
        })
final class CompletionCommand implements Callable<Integer> {
    /** Shells that there is a completion for. */
    enum Shell {
        BASH,
        ZSH
    }

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
    private Shell shell;

    // What picocli sets is set before anything is asked.
    @SuppressWarnings("NullAway.Init")
    CompletionCommand() {}

    @Override
    public Integer call() {
        PlainsailCommand root = (PlainsailCommand) spec.root().userObject();
        if (shell == Shell.ZSH) {
            // zsh has bash's way of completing, once both are loaded.
            root.around().out().println("autoload -U +X compinit && compinit");
            root.around().out().println("autoload -U +X bashcompinit && bashcompinit");
        }
        root.around().out().print(AutoComplete.bash("plainsail", spec.root().commandLine()));
        return Exit.OK;
    }
}
