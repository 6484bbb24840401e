package io.plainsail.cli;

import io.plainsail.client.Plainsail;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** API keys. */
@Command(
        name = "keys",
        description = "Lists the API keys, makes one, or makes one worthless.",
        subcommands = {
            KeysCommand.Listing.class,
            KeysCommand.Create.class,
            KeysCommand.Rotate.class,
            KeysCommand.Revoke.class
        })
final class KeysCommand extends ApiCommand {
    @Override
    int run(Plainsail plainsail, Screen screen) {
        screen.anything(plainsail.operations().keys());
        return Exit.OK;
    }

    /** The same as without a word. */
    @Command(name = "list", description = "Lists the API keys.")
    static final class Listing extends ApiCommand {
        @Override
        int run(Plainsail plainsail, Screen screen) {
            screen.anything(plainsail.operations().keys());
            return Exit.OK;
        }
    }

    /** Shown once. */
    @Command(name = "create", description = "Makes an API key and prints it: it is shown this once.")
    static final class Create extends ApiCommand {
        @Option(names = "--name", required = true, paramLabel = "NAME", description = "What it is for.")
        private String name;

        @Option(
                names = "--role",
                required = true,
                paramLabel = "ROLE",
                description = "reader, submitter, operator, admin or worker.")
        private String role;

        @Option(
                names = "--tenant",
                paramLabel = "NAME",
                description = "Whose jobs it submits and sees; by default all.")
        private @Nullable String tenant;

        @Option(
                names = "--job-type",
                paramLabel = "TYPE",
                description = "A job type that it may submit; may be repeated; by default all.")
        private List<String> jobTypes = new ArrayList<>();

        @Option(names = "--per-minute", paramLabel = "N", description = "So many requests in a minute at most.")
        private @Nullable Integer perMinute;

        @Option(names = "--jobs-per-day", paramLabel = "N", description = "So many jobs in a day (UTC) at most.")
        private @Nullable Integer jobsPerDay;

        @Option(names = "--expires-in", paramLabel = "TIME", description = "It ends after so long, such as 90d.")
        private @Nullable Duration expiresIn;

        // What picocli sets is set before anything is asked.
        @SuppressWarnings("NullAway.Init")
        Create() {}

        @Override
        int run(Plainsail plainsail, Screen screen) {
            Map<String, Object> wanted = new LinkedHashMap<>();
            wanted.put("name", name);
            wanted.put("role", role);
            if (tenant != null) {
                wanted.put("tenant", tenant);
            }
            if (!jobTypes.isEmpty()) {
                wanted.put("jobTypes", jobTypes);
            }
            if (perMinute != null) {
                wanted.put("perMinute", perMinute);
            }
            if (jobsPerDay != null) {
                wanted.put("jobsPerDay", jobsPerDay);
            }
            if (expiresIn != null) {
                wanted.put("expiresIn", expiresIn.toString());
            }
            screen.anything(plainsail.operations().createKey(wanted));
            return Exit.OK;
        }
    }

    /** Both live for a while. */
    @Command(
            name = "rotate",
            description =
                    "Makes an API key that may do what the given one may, and prints it: it is shown this once. The"
                            + " old one goes on for a while.")
    static final class Rotate extends ApiCommand {
        @Parameters(paramLabel = "KEY_ID", description = "As `keys` names it; not the key itself.")
        private String id;

        // What picocli sets is set before anything is asked.
        @SuppressWarnings("NullAway.Init")
        Rotate() {}

        @Override
        int run(Plainsail plainsail, Screen screen) {
            screen.anything(plainsail.operations().rotateKey(id));
            return Exit.OK;
        }
    }

    /** At once. */
    @Command(name = "revoke", description = "Makes an API key worthless.")
    static final class Revoke extends ApiCommand {
        @Parameters(paramLabel = "KEY_ID", description = "As `keys` names it; not the key itself.")
        private String id;

        // What picocli sets is set before anything is asked.
        @SuppressWarnings("NullAway.Init")
        Revoke() {}

        @Override
        int run(Plainsail plainsail, Screen screen) {
            plainsail.operations().revokeKey(id);
            return Exit.OK;
        }
    }
}
