package io.plainsail.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.plainsail.client.JobTypeInfo;
import io.plainsail.client.Plainsail;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists job types, or shows a contract. */
@Command(name = "types", description = "Lists the job types, or shows the contract of one.")
final class TypesCommand extends ApiCommand {
    @Parameters(paramLabel = "TYPE", arity = "0..1", description = "The one whose contract is shown.")
    private @Nullable String type;

    @Option(
            names = {"-v", "--type-version"},
            paramLabel = "N",
            description = "Its version; by default the newest.")
    private @Nullable Integer version;

    @Override
    int run(Plainsail plainsail, Screen screen) {
        List<JobTypeInfo> known = plainsail.jobTypes();
        String wanted = type;
        if (wanted != null) {
            int shown = version != null
                    ? version
                    : known.stream()
                            .filter(info -> info.type().equals(wanted))
                            .mapToInt(JobTypeInfo::version)
                            .max()
                            .orElse(1);
            // A contract is a tree: no table shows it well.
            (screen.isForPeople() ? new Screen(around().out(), Screen.Form.YAML) : screen)
                    .data(plainsail.contract(wanted, shown));
        } else if (screen.isForPeople()) {
            screen.table(
                    List.of("type", "version", "effect", "title"),
                    known.stream()
                            .map(info -> List.of(
                                    info.type(), Integer.toString(info.version()), info.effectClass(), info.title()))
                            .toList());
        } else {
            ArrayNode all = JsonNodeFactory.instance.arrayNode();
            known.forEach(info -> all.addObject()
                    .put("type", info.type())
                    .put("version", info.version())
                    .put("title", info.title())
                    .put("effectClass", info.effectClass())
                    .put("digest", info.digest()));
            screen.data(all);
        }
        return Exit.OK;
    }
}
