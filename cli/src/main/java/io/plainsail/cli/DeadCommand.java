package io.plainsail.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.client.DeadGroup;
import io.plainsail.client.Job;
import io.plainsail.client.Plainsail;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists what failed for good. */
@Command(name = "dead", description = "Lists jobs that failed for good, grouped by what went wrong.")
final class DeadCommand extends ApiCommand {
    @Mixin
    private FilterOptions filter;

    // What picocli sets is set before anything is asked.
    @SuppressWarnings("NullAway.Init")
    DeadCommand() {}

    @Override
    int run(Plainsail plainsail, Screen screen) {
        List<DeadGroup> groups = plainsail.deadJobs(filter.filter());
        if (!screen.isForPeople()) {
            ArrayNode all = JsonNodeFactory.instance.arrayNode();
            groups.forEach(group -> all.add(json(group)));
            screen.data(all);
        } else if (groups.isEmpty()) {
            screen.say("none");
        } else {
            screen.table(
                    List.of("count", "type", "last seen", "sample", "fingerprint", "releases", "error"),
                    groups.stream()
                            .map(group -> List.of(
                                    Long.toString(group.count()),
                                    group.type() + " v" + group.version(),
                                    group.lastSeen().toString(),
                                    group.sample().toString(),
                                    group.fingerprint() == null ? "" : group.fingerprint(),
                                    String.join(", ", group.releases()),
                                    error(group.error())))
                            .toList());
        }
        return Exit.OK;
    }

    private static String error(Job.@org.jspecify.annotations.Nullable Error error) {
        return error == null ? "" : error.code() + ": " + error.message();
    }

    private static ObjectNode json(DeadGroup group) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("type", group.type())
                .put("version", group.version())
                .put("fingerprint", group.fingerprint())
                .put("count", group.count())
                .put("firstSeen", group.firstSeen().toString())
                .put("lastSeen", group.lastSeen().toString())
                .put("sample", group.sample().toString());
        ArrayNode releases = json.putArray("releases");
        group.releases().forEach(releases::add);
        if (group.error() != null) {
            json.putObject("error")
                    .put("category", group.error().category())
                    .put("code", group.error().code())
                    .put("message", group.error().message());
        }
        return json;
    }
}
