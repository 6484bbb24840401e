package io.plainsail.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.plainsail.client.Plainsail;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.ContractLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks whether contracts may be announced. */
@Command(
        name = "check",
        description = "Tells what would come of it if a worker announced these contracts: whether they are compatible"
                + " with those in force, and with the jobs that are there. Changes nothing; for a worker author's CI.")
final class CheckCommand extends ApiCommand {
    @Parameters(
            paramLabel = "CONTRACT",
            arity = "1..*",
            description = "A contract's directory, <type>/v<N>, or its whole document as JSON or YAML.")
    private List<Path> paths = new ArrayList<>();

    @Option(names = "--strict", description = "Undecided counts as incompatible.")
    private boolean strict;

    @Override
    int run(Plainsail plainsail, Screen screen) {
        // All are read before the first is asked about.
        List<Contract> contracts = paths.stream().map(CheckCommand::read).toList();
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        boolean compatible = true;
        for (Contract contract : contracts) {
            String type = contract.jobType().name();
            JsonNode answer = plainsail.operations().check(type, ContractFormat.write(contract));
            String verdict = answer.path("verdict").asText();
            compatible &= verdict.equals("compatible") || (verdict.equals("undecided") && !strict);
            ObjectNode one = all.addObject();
            one.put("contract", contract.jobType().toString());
            if (answer instanceof ObjectNode fields) {
                one.setAll(fields);
            }
            if (screen.isForPeople()) {
                show(screen, contract, verdict, answer);
            }
        }
        if (!screen.isForPeople()) {
            screen.data(all.size() == 1 ? all.get(0) : all);
        }
        return compatible ? Exit.OK : Exit.JOB_FAILED;
    }

    private static void show(Screen screen, Contract contract, String verdict, JsonNode answer) {
        screen.say(contract.jobType() + ": " + verdict);
        JsonNode reasons = answer.path("reasons");
        if (!reasons.isEmpty()) {
            screen.anything(reasons);
        }
        JsonNode data = answer.path("data");
        if (!data.isMissingNode()) {
            screen.say(data.path("wouldBreak").asText() + " of "
                    + data.path("checked").asText() + " jobs that are there would break");
            if (!data.path("complete").asBoolean(true)) {
                screen.say("there are " + data.path("total").asText() + ", which could not all be checked in time");
            }
            data.path("examples")
                    .forEach(example -> screen.say("  " + example.path("job").asText() + " ("
                            + example.path("state").asText() + ") at \""
                            + example.path("pointer").asText() + "\": "
                            + example.path("detail").asText()));
        }
    }

    private static Contract read(Path path) {
        if (Files.isDirectory(path)) {
            return ContractLoader.fromDirectory(path);
        }
        try {
            if (Files.size(path) > InputArguments.MAX_BYTES) {
                throw new UsageException(path + " is longer than any contract");
            }
            // JSON is YAML too.
            JsonNode document = new YAMLMapper().readTree(Files.readAllBytes(path));
            if (document == null || !document.isObject()) {
                throw new UsageException(path + ": must be a contract's document, or its directory <type>/v<N>");
            }
            return ContractFormat.read(document);
        } catch (IOException e) {
            throw new UsageException(path + " cannot be read: " + e, e);
        }
    }
}
