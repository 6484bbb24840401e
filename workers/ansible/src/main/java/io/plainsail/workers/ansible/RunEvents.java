package io.plainsail.workers.ansible;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.worker.JobContext;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events of a run as ansible-runner writes them, each once, and deletes them: tells the job's log what Ansible
 * prints, and keeps count. Everything that leaves this class is without secrets and bounded. Not thread-safe.
 */
final class RunEvents {
    /** The bounds of what is kept for output and messages. */
    static final int MAX_HOSTS = 1_000;

    static final int MAX_FAILED_TASKS = 100;
    static final int MAX_MESSAGE = 1_000;
    private static final int MAX_LINE = 4_000;
    private static final int MAX_SAID = 20;
    private static final long MAX_EVENT_BYTES = 2L * 1024 * 1024;
    private static final Pattern FILE = Pattern.compile("([0-9]{1,9})-[0-9a-f-]{1,60}\\.json");
    private static final Pattern COLOUR_OR_CONTROL = Pattern.compile("\\x1b\\[[0-9;]*[A-Za-z]|[\\p{Cntrl}&&[^\\t]]");
    private static final Map<String, String> COUNTS = Map.of(
            "ok", "ok",
            "changed", "changed",
            "failures", "failed",
            "dark", "unreachable",
            "skipped", "skipped",
            "rescued", "rescued",
            "ignored", "ignored");
    private static final List<String> ORDER =
            List.of("ok", "changed", "failed", "unreachable", "skipped", "rescued", "ignored");

    private final Path directory;
    private final Secrets secrets;
    private final JobContext job;
    private final Map<String, ObjectNode> hosts = new TreeMap<>();
    private final List<FailedTask> failedTasks = new ArrayList<>();
    private final List<String> said = new ArrayList<>();
    private int events;
    private int results;
    private int changed;
    private boolean playsBegan;
    private boolean complete;
    private boolean truncated;

    /**
     * @param ignored whether the play goes on; rescued tasks are not known as such when they fail
     */
    record FailedTask(String host, String task, String message, boolean unreachable, boolean ignored) {
        String text() {
            return host + ": " + task + ": " + message;
        }
    }

    RunEvents(Path directory, Secrets secrets, JobContext job) {
        this.directory = directory;
        this.secrets = secrets;
        this.job = job;
    }

    /** Reads what is new, in order; returns how many. */
    int read() throws IOException {
        record Found(long number, Path file) {}
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return 0;
        }
        List<Found> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Matcher name = FILE.matcher(String.valueOf(file.getFileName()));
                if (name.matches()) {
                    found.add(new Found(Long.parseLong(name.group(1)), file));
                }
            }
        }
        found.sort(Comparator.comparingLong(Found::number));
        for (Found each : found) {
            events++;
            take(each.file());
            Files.deleteIfExists(each.file());
        }
        return found.size();
    }

    private void take(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > MAX_EVENT_BYTES) {
            job.log("(an event of over " + MAX_EVENT_BYTES + " bytes is passed over)");
            truncated = true;
            return;
        }
        JsonNode event;
        try {
            event = JobContext.MAPPER.readTree(Files.readAllBytes(file));
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            job.log("(an event that is not JSON is passed over)");
            truncated = true;
            return;
        }
        log(event.path("stdout").asText(""), event.path("event").asText().equals("verbose"));
        JsonNode data = event.path("event_data");
        switch (event.path("event").asText()) {
            case "playbook_on_play_start" -> playsBegan = true;
            case "playbook_on_task_start" ->
                job.progress(0, bounded("task " + data.path("task").asText() + ": " + counts(), 200));
            case "runner_on_ok" -> result(data);
            case "runner_on_skipped" -> results++;
            case "runner_on_failed", "runner_on_unreachable" -> {
                result(data);
                failed(data, event.path("event").asText().equals("runner_on_unreachable"));
            }
            case "playbook_on_stats" -> stats(data);
            default -> {
                // Told in the log; counted with its task.
            }
        }
    }

    private void result(JsonNode data) {
        results++;
        if (data.path("res").path("changed").asBoolean(false)) {
            changed++;
        }
        job.progress(0, bounded("task " + data.path("task").asText() + ": " + counts(), 200));
    }

    private String counts() {
        return results + " results, " + changed + " changed, " + failedTasks.size() + " failed";
    }

    private void failed(JsonNode data, boolean unreachable) {
        if (failedTasks.size() >= MAX_FAILED_TASKS) {
            truncated = true;
            return;
        }
        JsonNode result = data.path("res");
        JsonNode told = result.has("msg") ? result.path("msg") : result.path("censored");
        failedTasks.add(new FailedTask(
                bounded(data.path("host").asText(), 255),
                bounded(data.path("task").asText(), 200),
                bounded(told.isTextual() ? told.textValue() : told.toString(), MAX_MESSAGE),
                unreachable,
                data.path("ignore_errors").asBoolean(false)));
    }

    private void stats(JsonNode data) {
        complete = true;
        data.path("processed").fieldNames().forEachRemaining(this::host);
        COUNTS.forEach((theirs, ours) -> data.path(theirs).properties().forEach(entry -> {
            ObjectNode host = host(entry.getKey());
            if (host != null) {
                host.put(ours, Math.max(0, entry.getValue().asInt()));
            }
        }));
    }

    private @Nullable ObjectNode host(String name) {
        if (name.startsWith("__")) {
            return null;
        }
        String clean = bounded(name, 255);
        if (hosts.size() >= MAX_HOSTS && !hosts.containsKey(clean)) {
            truncated = true;
            return null;
        }
        return hosts.computeIfAbsent(clean, one -> {
            ObjectNode counts = JobContext.MAPPER.createObjectNode();
            ORDER.forEach(count -> counts.put(count, 0));
            return counts;
        });
    }

    private void log(String text, boolean verbose) {
        for (String line : secrets.redact(text).split("\\r?\\n", -1)) {
            String clean = COLOUR_OR_CONTROL.matcher(line).replaceAll("");
            if (!clean.isBlank()) {
                String shown = clean.length() > MAX_LINE ? clean.substring(0, MAX_LINE) + "…" : clean;
                job.log(shown);
                if (verbose && shown.startsWith("ERROR")) {
                    said.clear(); // What verbosity adds before it is not the reason.
                }
                if (verbose && said.size() < MAX_SAID) {
                    said.add(shown);
                }
            }
        }
    }

    private String bounded(String text, int length) {
        String clean =
                COLOUR_OR_CONTROL.matcher(secrets.redact(text)).replaceAll(" ").strip();
        return clean.length() > length ? clean.substring(0, length) + "…" : clean;
    }

    int events() {
        return events;
    }

    int changed() {
        return changed;
    }

    /** Whether a task has begun to tell of itself. */
    boolean anyResult() {
        return results > 0;
    }

    boolean playsBegan() {
        return playsBegan;
    }

    /** Whether the run came to its recap. */
    boolean complete() {
        return complete;
    }

    boolean truncated() {
        return truncated;
    }

    /** What Ansible said beside the plays: errors of syntax and the like. */
    List<String> said() {
        return said;
    }

    /** How many hosts have some of this count. */
    long hostsWith(String count) {
        return hosts.values().stream()
                .filter(host -> host.path(count).asInt() > 0)
                .count();
    }

    boolean hasHosts() {
        return !hosts.isEmpty();
    }

    List<FailedTask> failedTasks() {
        return failedTasks;
    }

    ObjectNode hosts() {
        ObjectNode all = JobContext.MAPPER.createObjectNode();
        hosts.forEach(all::set);
        return all;
    }

    ArrayNode failedTasksAsJson() {
        ArrayNode all = JobContext.MAPPER.createArrayNode();
        failedTasks.forEach(task -> all.addObject()
                .put("host", task.host())
                .put("task", task.task())
                .put("message", task.message()));
        return all;
    }
}
