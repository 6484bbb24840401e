package io.plainsail.workers.packer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.worker.JobContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Listens to {@code packer -machine-readable}: lines for people go on to the job's log, artifacts and errors are kept.
 * Types it does not know are passed over. Thread-safe.
 */
final class BuildReport {
    /** What Packer says around errors: counts, times and repetitions. */
    private static final Pattern FRAME = Pattern.compile("(Build '.*)|(-->.*)|(==> Some builds .*)|(==> Wait .*)|");

    private static final Pattern SCRIPT = Pattern.compile("packer-shell\\d+");
    private static final int MOST_ERRORS = 20;
    private static final int MOST_FILES = 10_000;
    private static final int LONGEST_ERRORS = 3_000;

    private final Redactor redactor;
    private final Path run;
    private final Consumer<String> log;
    private final Consumer<String> step;

    // Guarded by this.
    private final Map<String, Artifact> artifacts = new TreeMap<>();
    private final List<String> buildErrors = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();
    private final StringBuilder texts = new StringBuilder();
    private int files;

    private static final class Artifact {
        private final String build;
        private String builderId = "";
        private String id = "";
        private String description = "";
        private final List<String> files = new ArrayList<>();

        Artifact(String build) {
            this.build = build;
        }
    }

    /**
     * @param run the run directory, whose name is left out of messages
     * @param log is given each line for people
     * @param step is told what Packer does now
     */
    BuildReport(Redactor redactor, Path run, Consumer<String> log, Consumer<String> step) {
        this.redactor = redactor;
        this.run = run;
        this.log = log;
        this.step = step;
    }

    /** A line of standard output. */
    synchronized void line(String raw, boolean cut) {
        String line = cut ? redactor.redactBeginning(raw) : redactor.redact(raw);
        Optional<MachineLine> parsed = MachineLine.parse(line);
        if (parsed.isEmpty()) {
            text(line, false);
            return;
        }
        MachineLine machine = parsed.get();
        switch (machine.type()) {
            case "ui" -> text(machine.value(1), machine.value(0).equals("error"));
            case "error" -> keep(buildErrors, machine.target() + ": " + clean(machine.value(0)));
            case "artifact" -> artifact(machine);
            default -> {}
        }
    }

    /** A line of standard error. */
    synchronized void errorLine(String raw, boolean cut) {
        text(cut ? redactor.redactBeginning(raw) : redactor.redact(raw), true);
    }

    private void text(String text, boolean error) {
        for (String each : redactor.redact(text).split("\\R")) {
            String line = clean(each).stripTrailing();
            if (line.isEmpty()) {
                continue;
            }
            log.accept(line);
            if (texts.length() < LONGEST_ERRORS * 2) {
                texts.append(line).append('\n');
            }
            if (error && !FRAME.matcher(line).matches()) {
                keep(errors, line.startsWith("==> ") ? line.substring(4) : line);
            }
            if (line.startsWith("==> ")) {
                step.accept(line.substring(4));
            }
        }
    }

    private void artifact(MachineLine line) {
        if (artifacts.size() >= Bakes.MOST_FILES || files >= MOST_FILES) {
            throw new TooManyArtifactsException();
        }
        String key =
                line.target() + " " + "0".repeat(Math.max(0, 5 - line.value(0).length())) + line.value(0);
        Artifact artifact = artifacts.computeIfAbsent(key, k -> new Artifact(line.target()));
        switch (line.value(1)) {
            case "builder-id" -> artifact.builderId = line.value(2);
            case "id" -> artifact.id = redactor.redact(line.value(2));
            case "string" -> artifact.description = redactor.redact(line.value(2));
            case "file" -> {
                artifact.files.add(line.value(3));
                files++;
            }
            default -> {}
        }
    }

    /** A build that reports more artifacts than anybody could keep. */
    static final class TooManyArtifactsException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooManyArtifactsException() {
            super("the build reported more than " + Bakes.MOST_FILES + " artifacts or " + MOST_FILES + " files");
        }
    }

    private static void keep(List<String> list, String line) {
        if (list.size() >= MOST_ERRORS) {
            list.remove(0);
        }
        list.add(line);
    }

    private String clean(String text) {
        return SCRIPT.matcher(text.replace(run + "/", "")).replaceAll("packer-shell");
    }

    /** What went wrong, in the builder's words; bounded. */
    synchronized String errors() {
        LinkedHashSet<String> all = new LinkedHashSet<>(buildErrors);
        all.addAll(errors);
        return bounded(String.join("; ", all));
    }

    /** All that was said, white space made one; bounded. */
    synchronized String words() {
        return bounded(texts.toString().replaceAll("\\s+", " ").strip());
    }

    static String bounded(String text) {
        return text.length() > LONGEST_ERRORS ? text.substring(0, LONGEST_ERRORS) + "…" : text;
    }

    synchronized boolean hasArtifacts() {
        return !artifacts.isEmpty();
    }

    /** Files that Packer says it made, as it names them. */
    synchronized List<String> artifactFiles() {
        return artifacts.values().stream().flatMap(each -> each.files.stream()).toList();
    }

    /**
     * The artifacts as the output tells them, each once.
     *
     * @param made where the build wrote its files
     * @param kept where they are found later
     */
    synchronized ArrayNode artifacts(Path made, Path kept) {
        LinkedHashSet<ObjectNode> all = new LinkedHashSet<>();
        for (Artifact artifact : artifacts.values()) {
            ObjectNode json = JobContext.MAPPER
                    .createObjectNode()
                    .put("build", artifact.build)
                    .put("builderId", artifact.builderId)
                    .put("id", artifact.id.replace(made.toString(), kept.toString()))
                    .put("description", artifact.description.replace(made.toString(), kept.toString()));
            ArrayNode paths = json.putArray("files");
            artifact.files.stream()
                    .map(Path::of)
                    .filter(file -> file.startsWith(made))
                    .map(file -> made.relativize(file).toString())
                    .forEach(paths::add);
            all.add(json);
        }
        ArrayNode array = JobContext.MAPPER.createArrayNode();
        all.forEach(array::add);
        return array;
    }
}
