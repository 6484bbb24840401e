package io.plainsail.workers.packer;

import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.subprocess.Ending;
import io.plainsail.worker.subprocess.Lines;
import io.plainsail.worker.subprocess.Program;
import io.plainsail.worker.subprocess.Subprocesses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The program, for one attempt: each command in the template's copy, with an environment of its own, its temporary files in
 * the attempt's run directory. Whatever interrupts, none of its processes is left.
 */
final class Packer {
    /** What {@code inspect} shows of a variable that has no value. */
    static final String UNKNOWN = "<unknown>";

    /** What it shows of a sensitive one that has one. */
    static final String SENSITIVE = "<sensitive>";

    private static final Pattern SHOWN = Pattern.compile("var\\.([A-Za-z_][A-Za-z0-9_-]*): \"(.*)\"");
    private static final Pattern WRONG_TYPE =
            Pattern.compile("line \\d+, in ([A-Za-z_][A-Za-z0-9_-]*):|The value for ([A-Za-z_][A-Za-z0-9_-]*) is not");
    private static final Pattern RULE = Pattern.compile("validation rule at (\\S+?):(\\d+),");

    /** Of a template's required_plugins, as 1.7.10 to 1.16.0 say it; of what no plugin has, as 1.10.3 and 1.16.0 do. */
    private static final Pattern MISSING_PLUGIN =
            Pattern.compile("Did you run packer init|part of a plugin that is not installed");

    private static final Pattern VARIABLE_BLOCK =
            Pattern.compile("\\s*variable\\s+\"?([A-Za-z_][A-Za-z0-9_-]*)\"?\\s*\\{.*");

    private final PackerConfig config;
    private final PackerConfig.Template template;
    private final String templateName;
    private final Path run;
    private final Path root;
    private final Subprocesses subprocesses;
    private final Redactor redactor;

    /**
     * @param run the run directory; {@code home} and {@code t} are made in it
     * @param root the template's copy
     */
    Packer(
            PackerConfig config,
            String templateName,
            PackerConfig.Template template,
            Path run,
            Path root,
            Subprocesses subprocesses,
            Redactor redactor) {
        this.config = config;
        this.templateName = templateName;
        this.template = template;
        this.run = run;
        this.root = root;
        this.subprocesses = subprocesses;
        this.redactor = redactor;
    }

    /** Such as 1.6.6. */
    String version() throws JobFailedException, IOException, InterruptedException {
        if (!Files.isExecutable(config.packer())) {
            throw PackerFailures.packerMissing(
                    "Packer is not installed on this worker's machine: " + config.packer() + " cannot be executed");
        }
        AtomicReference<String> version = new AtomicReference<>("");
        Ending ending = run(
                List.of("version", "-machine-readable"),
                (line, cut) -> MachineLine.parse(line)
                        .filter(each -> each.type().equals("version"))
                        .ifPresent(each -> version.set(each.value(0))),
                (line, cut) -> {});
        String told = String.valueOf(version.get());
        if (ending.exit() != 0 || !told.matches("[0-9][0-9A-Za-z.+-]{0,50}")) {
            throw PackerFailures.packerMissing(config.packer() + " does not tell its version, status " + ending.exit());
        }
        return told;
    }

    /**
     * The variables that the template declares, with the values that Packer shows: {@link #UNKNOWN} for none.
     *
     * @param variableFiles given to it; none asks for the declarations alone
     * @throws JobFailedException if the template cannot be read, or a value does not fit its variable
     */
    Map<String, String> inspect(List<Path> variableFiles) throws JobFailedException, IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("inspect"));
        addFiles(arguments, variableFiles);
        arguments.add(path());
        Map<String, String> shown = Collections.synchronizedMap(new LinkedHashMap<>());
        BuildReport report = silent();
        Ending ending = run(
                arguments,
                (line, cut) -> {
                    Matcher matcher = SHOWN.matcher(line);
                    if (!cut && matcher.matches()) {
                        shown.put(matcher.group(1), unquote(matcher.group(2)));
                    }
                    report.line(line, cut);
                },
                report::errorLine);
        if (ending.exit() != 0) {
            throw variableFiles.isEmpty()
                    ? PackerFailures.templateInvalid(templateName, "packer inspect refuses it: " + report.words())
                    : refusal(report.words());
        }
        return new LinkedHashMap<>(shown);
    }

    /** Has Packer check template and variables; throws what it says against them. */
    void validate(BakeRequest request, List<Path> variableFiles)
            throws JobFailedException, IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("validate", "-machine-readable"));
        addBuilds(arguments, request);
        addFiles(arguments, variableFiles);
        arguments.add(path());
        BuildReport report = silent();
        if (run(arguments, report::line, report::errorLine).exit() != 0) {
            throw refusal(report.words());
        }
    }

    /**
     * Builds.
     *
     * @param log is given each line that Packer says, redacted
     * @param step is told what it does now
     * @throws JobFailedException if the build fails
     */
    BuildReport build(BakeRequest request, List<Path> variableFiles, Consumer<String> log, Consumer<String> step)
            throws JobFailedException, IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("build", "-machine-readable"));
        addBuilds(arguments, request);
        addFiles(arguments, variableFiles);
        arguments.add(path());
        BuildReport report = new BuildReport(redactor, run, log, step);
        Ending ending;
        try {
            ending = run(arguments, report::line, report::errorLine);
        } catch (BuildReport.TooManyArtifactsException e) {
            throw PackerFailures.tooLarge("artifact-files", String.valueOf(e.getMessage()));
        }
        if (ending.tooMuchOutput()) {
            throw PackerFailures.tooMuchOutput();
        }
        if (ending.exit() != 0) {
            throw PackerFailures.build(ending.exit(), report.errors());
        }
        if (!report.hasArtifacts()) {
            throw PackerFailures.noBuilds();
        }
        return report;
    }

    private BuildReport silent() {
        return new BuildReport(redactor, run, line -> {}, line -> {});
    }

    private String path() {
        return template.path().equals(".") ? "." : "./" + template.path();
    }

    private static void addBuilds(List<String> arguments, BakeRequest request) {
        if (!request.only().isEmpty()) {
            arguments.add("-only=" + String.join(",", request.only()));
        }
        if (!request.except().isEmpty()) {
            arguments.add("-except=" + String.join(",", request.except()));
        }
    }

    private static void addFiles(List<String> arguments, List<Path> variableFiles) {
        variableFiles.forEach(file -> arguments.add("-var-file=" + file));
    }

    /** Names the variables that Packer refuses, or the plugins that it lacks, if it is them. */
    private JobFailedException refusal(String said) throws IOException {
        if (MISSING_PLUGIN.matcher(said).find()) {
            return PackerFailures.pluginMissing(said);
        }
        Set<String> names = new LinkedHashSet<>();
        if (said.contains("Invalid value for")) {
            for (Matcher type = WRONG_TYPE.matcher(said); type.find(); ) {
                names.add(Optional.ofNullable(type.group(1)).orElseGet(() -> type.group(2)));
            }
            for (Matcher rule = RULE.matcher(said); rule.find(); ) {
                ruled(rule.group(1), Integer.parseInt(rule.group(2))).ifPresent(names::add);
            }
        }
        if (names.isEmpty()) {
            return PackerFailures.validate(said);
        }
        return PackerFailures.variable(
                "variable-invalid",
                (names.size() == 1 ? "variable " : "variables ") + String.join(", ", names)
                        + (names.size() == 1 ? " does" : " do") + " not meet the template: " + said);
    }

    /** The variable whose block a line of the template stands in. */
    private Optional<String> ruled(String file, int line) throws IOException {
        Path path = root.resolve(file).normalize();
        if (!path.startsWith(root) || !Files.isRegularFile(path)) {
            return Optional.empty();
        }
        List<String> lines = Files.readAllLines(path);
        for (int i = Math.min(line, lines.size()) - 1; i >= 0; i--) {
            Matcher block = VARIABLE_BLOCK.matcher(lines.get(i));
            if (block.matches()) {
                return Optional.of(block.group(1));
            }
        }
        return Optional.empty();
    }

    private Ending run(List<String> arguments, Lines output, Lines errors) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(config.packer().toString()));
        command.addAll(arguments);
        Program program = new Program(
                command,
                root,
                environment(),
                new byte[0],
                new Program.Limits(0, 0, config.maxFileBytes(), 0),
                Program.OutputBounds.STANDARD);
        return subprocesses.run(program, output, errors, config.cancelGrace());
    }

    /** Nothing of the worker's own environment. PACKER_LOG is not set: its lines hold variables in clear. */
    private Map<String, String> environment() throws IOException {
        Map<String, String> environment = new HashMap<>(config.environment());
        environment.put("PATH", config.path());
        environment.put("HOME", directory("home"));
        environment.put("TMPDIR", directory("t"));
        environment.put("PACKER_CACHE_DIR", config.cacheDirectory().toString());
        environment.put("CHECKPOINT_DISABLE", "1");
        if (config.pluginDirectory() != null) {
            environment.put("PACKER_PLUGIN_PATH", config.pluginDirectory().toString());
        }
        return environment;
    }

    private String directory(String name) throws IOException {
        return Files.createDirectories(run.resolve(name)).toString();
    }

    /** Undoes what is usual of Go's quotes; what is not stays as it is. */
    private static String unquote(String quoted) {
        if (quoted.indexOf('\\') < 0) {
            return quoted;
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < quoted.length(); i++) {
            char c = quoted.charAt(i);
            if (c != '\\' || i + 1 == quoted.length()) {
                text.append(c);
                continue;
            }
            char next = quoted.charAt(++i);
            switch (next) {
                case 'n' -> text.append('\n');
                case 't' -> text.append('\t');
                case '"', '\\' -> text.append(next);
                default -> text.append(c).append(next);
            }
        }
        return text.toString();
    }
}
