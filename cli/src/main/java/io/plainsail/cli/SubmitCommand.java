package io.plainsail.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.client.Job;
import io.plainsail.client.JobRequest;
import io.plainsail.client.JobTypeInfo;
import io.plainsail.client.Plainsail;
import io.plainsail.contracts.SchemaCheck;
import io.plainsail.contracts.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Hands one job over. */
@Command(
        name = "submit",
        description = {
            "Hands a job over, and prints its id. The input is checked against the contract first.",
            "",
            "INPUT is a JSON file, - for stdin, or any number of",
            "  name=value   a text, or a number, true, false or null unless the contract wants a text",
            "  name:=JSON   any JSON",
            "  name=@FILE   the text of a file (name=@@x is the text @x)",
            "where a.b=1 is {\"a\": {\"b\": 1}}.",
            ""
        })
final class SubmitCommand extends ApiCommand {
    @Parameters(index = "0", paramLabel = "TYPE", description = "The job type, such as document.render.")
    private String type;

    @Parameters(index = "1..*", paramLabel = "INPUT", arity = "0..*", description = "The input; {} if there is none.")
    private List<String> input = new ArrayList<>();

    @Option(
            names = {"-v", "--type-version"},
            paramLabel = "N",
            description = "The job type's version; by default the newest.")
    private @Nullable Integer version;

    @Option(names = "--label", paramLabel = "NAME=VALUE", description = "A label; may be repeated.")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(names = "--timeout", paramLabel = "TIME", description = "How long an attempt may take, such as 90s.")
    private @Nullable Duration timeout;

    @Option(names = "--start-within", paramLabel = "TIME", description = "Expires if it has not begun by then.")
    private @Nullable Duration startWithin;

    @Option(names = "--end-within", paramLabel = "TIME", description = "Expires if it has not ended by then.")
    private @Nullable Duration endWithin;

    @Option(names = "--callback", paramLabel = "URL", description = "Its end is told there by a signed webhook.")
    private @Nullable String callback;

    @Option(
            names = "--idempotency-key",
            paramLabel = "KEY",
            description = "The same request under the same key, within a day, is the same job.")
    private @Nullable String key;

    @Option(names = "--no-check", description = "Leaves the check of the input to the facade.")
    private boolean unchecked;

    @Option(names = "--wait", description = "Waits for the end, showing progress on stderr, and prints the job.")
    private boolean wait;

    @Option(
            names = "--at-most",
            paramLabel = "TIME",
            defaultValue = "10m",
            description = "How long --wait waits; by default ${DEFAULT-VALUE}.")
    private Duration atMost;

    // What picocli sets is set before anything is asked.
    @SuppressWarnings("NullAway.Init")
    SubmitCommand() {}

    @Override
    int run(Plainsail plainsail, Screen screen) {
        InputArguments arguments = new InputArguments(around().in());
        JobRequest request;
        if (unchecked) {
            request = JobRequest.of(type, arguments.read(input));
            request = version == null ? request : request.version(version);
        } else {
            int checkedVersion = version == null ? newest(plainsail) : version;
            JsonNode contract = plainsail.contract(type, checkedVersion);
            JsonNode read = arguments.read(input, contract.path("inputSchema"));
            check(read, contract, checkedVersion);
            // What was checked is what is meant, though a newer version may come in this moment.
            request = JobRequest.of(type, read).version(checkedVersion);
        }
        Job job = plainsail.submit(withOptions(request));
        if (wait) {
            return waited(plainsail, screen, job);
        }
        if (screen.isForPeople()) {
            screen.say(job.id().toString());
        } else {
            screen.data(job.json());
        }
        return Exit.OK;
    }

    private JobRequest withOptions(JobRequest given) {
        JobRequest request = given;
        for (Map.Entry<String, String> label : labels.entrySet()) {
            request = request.label(label.getKey(), label.getValue());
        }
        request = timeout == null ? request : request.timeout(timeout);
        request = startWithin == null ? request : request.startWithin(startWithin);
        request = endWithin == null ? request : request.endWithin(endWithin);
        request = callback == null ? request : request.callback(callback);
        return key == null ? request : request.idempotencyKey(key);
    }

    private int newest(Plainsail plainsail) {
        List<JobTypeInfo> known = plainsail.jobTypes();
        return known.stream()
                .filter(info -> info.type().equals(type))
                .mapToInt(JobTypeInfo::version)
                .max()
                .orElseThrow(() -> new BrokenContractException(
                        "no worker has announced the job type \"" + type + "\"; known are "
                                + new TreeSet<>(
                                        known.stream().map(JobTypeInfo::type).toList()),
                        List.of()));
    }

    private void check(JsonNode read, JsonNode contract, int checkedVersion) {
        String named = type + " v" + checkedVersion;
        List<Violation> violations = SchemaCheck.of(contract.path("inputSchema"), named + " input schema")
                .violations(read);
        if (!violations.isEmpty()) {
            throw new BrokenContractException("not sent: the input breaks the contract of " + named, violations);
        }
    }

    private int waited(Plainsail plainsail, Screen screen, Job submitted) {
        around().err().println("plainsail: job " + submitted.id());
        JobWatch watch = new JobWatch(around().err(), around(), new Screen(around().err(), Screen.Form.TABLE));
        watch.follow(plainsail.events(submitted.id()).within(atMost));
        Job ended = plainsail.job(submitted.id());
        if (screen.isForPeople()) {
            JobTable.one(screen, ended);
        } else {
            screen.data(ended.json());
        }
        return Exit.of(ended.state());
    }
}
