package io.plainsail.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.client.Plainsail;
import io.plainsail.contracts.json.StrictJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** API keys. */
@Command(
        name = "keys",
        description = "Lists the API keys, makes one, or makes one worthless.",
        subcommands = {KeysCommand.Listing.class, KeysCommand.Create.class, KeysCommand.Revoke.class})
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

    /** Its fields are the facade's to say. */
    @Command(
            name = "create",
            description = "Makes an API key and prints it: it is shown this once. FIELD is given as to submit, such as"
                    + " role=reader.")
    static final class Create extends ApiCommand {
        @Parameters(paramLabel = "FIELD", arity = "0..*", description = "What the key is to be.")
        private List<String> fields = new ArrayList<>();

        @Override
        int run(Plainsail plainsail, Screen screen) {
            JsonNode wanted = new InputArguments(around().in()).read(fields);
            if (!wanted.isObject()) {
                throw new UsageException("a key is made from fields, such as role=reader");
            }
            screen.anything(plainsail
                    .operations()
                    .createKey(StrictJson.mapper().convertValue(wanted, new TypeReference<Map<String, Object>>() {})));
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
