package io.plainsail.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.client.Job;
import io.plainsail.client.JobFilter;
import io.plainsail.client.JobRequest;
import io.plainsail.client.Plainsail;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Moves a service to a release by a job.
 *
 * <ol>
 *   <li>check what was asked for; submit {@code rollout.yml} as an {@code ansible.playbook} job
 *   <li>show its log until it has ended
 *   <li>if the last host was the one that ran the job: wait for it too
 *   <li>print the rollout's record with its receipt, or the facade's receipt if the job left no record
 * </ol>
 */
@Command(
        name = "rollout",
        description = {
            "Moves a service to another release, by rollout.yml as an ansible.playbook job: plan, canary, batches,"
                    + " rollback. Shows it on stderr until it has ended, and prints the receipt.",
            "",
            "Project and inventory are names in the Ansible worker's configuration: as given here, by"
                    + " PLAINSAIL_ROLLOUT_PROJECT and PLAINSAIL_ROLLOUT_INVENTORY, or by the profile's project and"
                    + " inventory; else \"plainsail\".",
            ""
        })
final class RolloutCommand extends ApiCommand {
    private static final Pattern SERVICE = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    private static final Pattern VERSION = Pattern.compile("[0-9][A-Za-z0-9.+~]{0,99}");
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    private static final Pattern VARIABLE = Pattern.compile("(?s)rollout_[a-z_]{1,60}:?=.*");

    @Parameters(index = "0", paramLabel = "SERVICE", description = "facade, or a worker service such as document.")
    private String service;

    @Parameters(index = "1", paramLabel = "VERSION", description = "The release that it is to have, such as 1.2.3.")
    private String version;

    @Option(names = "--plan", description = "Tells what it would do, and whether it would break something; no more.")
    private boolean plan;

    @Option(
            names = "--accept-undecided",
            description = "Goes on although the facade cannot decide whether a contract is compatible.")
    private boolean acceptUndecided;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "So many hosts at a time after the canary; by default 1.")
    private @Nullable Integer batch;

    @Option(
            names = "--replay",
            paramLabel = "N",
            description =
                    "So many dead jobs at most are repeated on the canary, and tell of the release; by default none.")
    private @Nullable Integer replay;

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description =
                    "A variable of the role rollout, as `submit` has it, such as rollout_judge_attempts=50; may be"
                            + " repeated.")
    private List<String> variables = new ArrayList<>();

    @Option(names = "--project", paramLabel = "NAME", defaultValue = "", description = "The project with rollout.yml.")
    private String project;

    @Option(names = "--inventory", paramLabel = "NAME", defaultValue = "", description = "The inventory.")
    private String inventory;

    @Option(
            names = "--at-most",
            paramLabel = "TIME",
            defaultValue = "2h",
            description = "Gives up following it after so long; by default ${DEFAULT-VALUE}.")
    private Duration atMost;

    // What picocli sets is set before anything is asked.
    @SuppressWarnings("NullAway.Init")
    RolloutCommand() {}

    @Override
    int run(Plainsail plainsail, Screen screen) {
        JobRequest request = JobRequest.of("ansible.playbook", input())
                .version(1)
                .label("rollout-of", service)
                .label("release", version);
        Job submitted = plainsail.submit(request);
        around().err().println("plainsail: job " + submitted.id());
        JobWatch watch = new JobWatch(around().err(), around(), new Screen(around().err(), Screen.Form.TABLE));
        watch.follow(plainsail.events(submitted.id()).within(atMost));
        Job ended = plainsail.job(submitted.id());
        JsonNode record = record(ended);
        int status = Exit.of(ended.state());
        if (status == Exit.OK && !record.path("handedOver").isEmpty()) {
            around().err()
                    .println("plainsail: "
                            + Harmless.line(record.path("handedOver") + " ran the job, and is moved now"));
            status = new HandedOver(plainsail, ended, record).await(atMost);
        }
        if (!plan) {
            tell(plainsail, screen, ended, record, status);
        }
        return status;
    }

    /** What the worker is asked; all of it checked before anything is sent. */
    private ObjectNode input() {
        ObjectNode input = JsonNodeFactory.instance.objectNode();
        input.put("project", named("project", setting(project, "PLAINSAIL_ROLLOUT_PROJECT", "project", "plainsail")));
        input.put("playbook", "rollout.yml");
        input.put(
                "inventory",
                named("inventory", setting(inventory, "PLAINSAIL_ROLLOUT_INVENTORY", "inventory", "plainsail")));
        input.put("idleTimeout", "PT30M");
        input.putArray("facts").add("plainsail_rollout_record");
        ObjectNode extra = input.putObject("extraVars");
        extra.put("plainsail_rollout_service", checked("SERVICE", service, SERVICE, "a-z, 0-9 and -, a letter first"));
        extra.put(
                "plainsail_rollout_release",
                checked("VERSION", version, VERSION, "a digit, then letters, digits . + ~"));
        putNumber(extra, "plainsail_rollout_batch", "--batch", batch);
        putNumber(extra, "plainsail_rollout_replay", "--replay", replay);
        if (plan) {
            extra.put("plainsail_rollout_plan", true);
        }
        if (acceptUndecided) {
            extra.put("plainsail_rollout_accept_undecided", true);
        }
        if (!variables.isEmpty()) {
            variables.forEach(
                    each -> checked("--set", each, VARIABLE, "NAME=VALUE, the name rollout_ and lower-case letters"));
            extra.setAll((ObjectNode) new InputArguments(around().in()).read(variables));
        }
        return input;
    }

    private static void putNumber(ObjectNode extra, String name, String option, @Nullable Integer number) {
        if (number == null) {
            return;
        }
        if (number < 1 || number > 1000) {
            throw new UsageException(option + " is " + number + ": must be 1 to 1000");
        }
        extra.put(name, number);
    }

    private static String named(String field, String value) {
        return checked(field, value, NAME, "a name in the worker's configuration: a-z, 0-9 and -, a letter first");
    }

    private static String checked(String what, String value, Pattern rule, String told) {
        if (!rule.matcher(value).matches()) {
            throw new UsageException(what + " is \"" + value + "\": must be " + told);
        }
        return value;
    }

    /** The record that the playbook left in the job's output; missing if it failed or had nothing to do. */
    private static JsonNode record(Job ended) {
        JsonNode output = ended.output();
        return output == null
                ? JsonNodeFactory.instance.missingNode()
                : output.path("facts").path("localhost").path("plainsail_rollout_record");
    }

    private void tell(Plainsail plainsail, Screen screen, Job ended, JsonNode record, int status) {
        ObjectNode told = JsonNodeFactory.instance.objectNode();
        told.put("job", ended.id().toString()).put("service", service).put("release", version);
        told.put("outcome", status == Exit.OK ? "succeeded" : status == Exit.TIMED_OUT ? "unknown" : "failed");
        if (ended.error() != null) {
            told.put("error", ended.error().message());
        }
        for (String field : new String[] {"hosts", "passed", "handedOver", "replays", "requests"}) {
            if (!record.path(field).isEmpty()) {
                told.set(field, record.path(field));
            }
        }
        // Of the whole time, what was done after the job included.
        JsonNode receipt = plainsail.operations().receipt(JobFilter.all().from(ended.acceptedAt()));
        if (!screen.isForPeople()) {
            screen.data(told.set("receipt", receipt));
            return;
        }
        screen.anything(told);
        screen.say("");
        screen.anything(receipt);
    }
}
