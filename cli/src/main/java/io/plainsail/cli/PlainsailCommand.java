package io.plainsail.cli;

import io.plainsail.client.Finding;
import io.plainsail.client.Plainsail;
import io.plainsail.client.PlainsailBuilder;
import io.plainsail.client.PlainsailException;
import io.plainsail.contracts.InvalidContractException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code plainsail}: what all of its commands have in common. */
@Command(
        name = "plainsail",
        synopsisSubcommandLabel = "COMMAND",
        description = "Hands jobs to a Plainsail facade, follows them, and tells how it does.",
        footerHeading = "%nExit codes:%n",
        footer = {
            "  0  done, and the job succeeded if it was waited for",
            "  1  the job failed, was cancelled or expired; the contract is incompatible; a receipt does not balance",
            "  2  the command is wrong, or names a file that cannot be read or written",
            "  3  refused by the facade (4xx), or found wrong before it was sent",
            "  4  the facade cannot be reached, or failed (5xx)",
            "  5  the time to wait has passed; the job goes on",
            "%nEnvironment: PLAINSAIL_URL, PLAINSAIL_API_KEY or PLAINSAIL_API_KEY_FILE, PLAINSAIL_CA_FILE, PLAINSAIL_PROFILE.",
            "Profiles: ~/.config/plainsail/config.yaml, with default, and profiles by name (url, key or keyFile, caFile)."
        },
        subcommands = {
            SubmitCommand.class,
            WatchCommand.class,
            EventsCommand.class,
            JobsCommand.class,
            JobCommand.class,
            LogsCommand.class,
            ResultCommand.class,
            CancelCommand.class,
            DeadCommand.class,
            ReplayCommand.class,
            TypesCommand.class,
            CheckCommand.class,
            WorkersCommand.class,
            FleetCommands.Queues.class,
            FleetCommands.Counts.class,
            FleetCommands.Releases.class,
            FleetCommands.Receipt.class,
            RolloutCommand.class,
            FleetCommands.Whoami.class,
            KeysCommand.class,
            CompletionCommand.class
        })
public final class PlainsailCommand implements Runnable {
    private final Surroundings around;

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Shows this help.")
    @SuppressWarnings("UnusedVariable") // It is there for picocli alone.
    private boolean help;

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "",
            showDefaultValue = CommandLine.Help.Visibility.NEVER,
            scope = ScopeType.INHERIT,
            description = "The facade; http://127.0.0.1:8080 if nothing says otherwise.")
    private String url;

    @Option(
            names = "--profile",
            paramLabel = "NAME",
            defaultValue = "",
            showDefaultValue = CommandLine.Help.Visibility.NEVER,
            scope = ScopeType.INHERIT,
            description = "A profile of the configuration file.")
    private String profile;

    @Option(
            names = "--output",
            paramLabel = "FORM",
            defaultValue = "table",
            scope = ScopeType.INHERIT,
            description = "${COMPLETION-CANDIDATES}; by default ${DEFAULT-VALUE}.")
    private Screen.Form form;

    // What picocli sets is set before anything is asked.
    @SuppressWarnings("NullAway.Init")
    private PlainsailCommand(Surroundings around) {
        this.around = around;
    }

    public static void main(String[] arguments) {
        int status = run(Surroundings.ofProcess(), arguments);
        System.exit(status);
    }

    /** Runs one command; gives the exit code. */
    static int run(Surroundings around, String... arguments) {
        int status = commandLine(around).execute(arguments);
        around.out().flush();
        around.err().flush();
        return status;
    }

    static CommandLine commandLine(Surroundings around) {
        CommandLine command = new CommandLine(new PlainsailCommand(around))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new java.io.PrintWriter(around.out(), true))
                .setErr(new java.io.PrintWriter(around.err(), true))
                .registerConverter(Duration.class, new DurationText())
                .registerConverter(UUID.class, PlainsailCommand::id)
                .setUsageHelpWidth(100)
                .setAbbreviatedOptionsAllowed(false);
        command.setExecutionExceptionHandler((e, failed, parsed) -> explained(e, around));
        command.setParameterExceptionHandler((e, wrong) -> {
            around.err().println("plainsail: " + Harmless.line(String.valueOf(e.getMessage())));
            around.err().println("Try: " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
            return Exit.USAGE;
        });
        return command;
    }

    private static UUID id(String text) {
        try {
            UUID id = UUID.fromString(text);
            if (id.toString().equalsIgnoreCase(text)) {
                return id;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new CommandLine.TypeConversionException("\"" + text + "\" is no job's id");
    }

    private static int explained(Exception e, Surroundings around) {
        around.out().flush();
        if (e instanceof PlainsailException failure) {
            tell(around, String.valueOf(failure.getMessage()));
            List<Finding> findings = failure.findings();
            // The first ones stand in the message.
            findings.stream().skip(5).forEach(finding -> tell(around, finding.pointer() + " " + finding.detail()));
            if (failure.status() == 401) {
                tell(around, "a key is given by PLAINSAIL_API_KEY, PLAINSAIL_API_KEY_FILE or a profile");
            }
            failure.idempotencyKey()
                    .filter(key -> Exit.of(failure) == Exit.UNAVAILABLE)
                    .ifPresent(key -> tell(
                            around,
                            "whether it was accepted is unknown; --idempotency-key " + key
                                    + " makes it safe to send the same again"));
            return Exit.of(failure);
        }
        if (e instanceof BrokenContractException broken) {
            tell(around, String.valueOf(broken.getMessage()));
            broken.violations()
                    .forEach(violation -> tell(around, "  " + violation.pointer() + " " + violation.detail()));
            return Exit.REFUSED;
        }
        if (e instanceof InvalidContractException) {
            tell(around, String.valueOf(e.getMessage()));
            return Exit.REFUSED;
        }
        if (e instanceof UsageException || e instanceof IllegalArgumentException) {
            tell(around, String.valueOf(e.getMessage()));
            return Exit.USAGE;
        }
        tell(around, "a mistake of this program: " + e);
        e.printStackTrace(around.err());
        return Exit.UNAVAILABLE;
    }

    private static void tell(Surroundings around, String line) {
        around.err().println("plainsail: " + Harmless.line(line));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    Surroundings around() {
        return around;
    }

    Screen screen() {
        return new Screen(around.out(), form);
    }

    /** What the option gives, else the environment, else the profile, else {@code otherwise}. */
    String setting(String given, String variable, String field, String otherwise) {
        return Access.setting(given, variable, field, otherwise, profile, around);
    }

    Plainsail plainsail() {
        Access access = Access.of(url, profile, around);
        PlainsailBuilder builder = Plainsail.connect(access.url()).apiKey(access.key());
        return access.trust().map(builder::tls).orElse(builder).build();
    }
}
