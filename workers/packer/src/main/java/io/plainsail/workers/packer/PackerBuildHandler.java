package io.plainsail.workers.packer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobHandler;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.subprocess.RunDirectories;
import io.plainsail.worker.subprocess.Subprocesses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Runs {@code packer.build} v1. One attempt, in order:
 *
 * <ol>
 *   <li>refuse what the configuration does not allow; read the secrets
 *   <li>copy the template into a private directory, and digest the copy
 *   <li>ask Packer what the template declares; refuse unknown, missing and unfit variables
 *   <li>digest the base image; from all this comes the bake key
 *   <li>hold the key: whoever has it now is waited for
 *   <li>answer from what is there, if its checksums hold and the job does not force
 *   <li>validate, build into a new directory, digest every file, make it the key's bake in one step
 * </ol>
 *
 * <p>Whatever ends an attempt early, no process and no half-made bake of it is left; if the worker is killed, {@link #open}
 * of the next one sees to that. Thread-safe; holds a lock, so close it: that also ends what still runs.
 */
final class PackerBuildHandler implements JobHandler, AutoCloseable {
    private static final int MOST_PACKAGE_LINES = 5_000;
    private static final int LONGEST_PACKAGE_LINE = 200;
    private static final long LONGEST_PACKAGE_LIST = 4L * 1024 * 1024;
    private static final ObjectWriter PRETTY = StrictJson.mapper().writerWithDefaultPrettyPrinter();

    private final PackerConfig config;
    private final Clock clock;
    private final Subprocesses subprocesses;
    private final RunSlots.Slot slot;
    private final RunDirectories runs;
    private final Bakes bakes;

    private PackerBuildHandler(
            PackerConfig config, Clock clock, Subprocesses subprocesses, RunSlots.Slot slot, Bakes bakes) {
        this.config = config;
        this.clock = clock;
        this.subprocesses = subprocesses;
        this.slot = slot;
        this.bakes = bakes;
        this.runs = new RunDirectories(slot.directory(), 0, Duration.ZERO, clock);
    }

    /**
     * Ends processes, and deletes run directories and half-made bakes, that dead workers have left.
     *
     * @throws IOException if the directories of the configuration cannot be used
     */
    static PackerBuildHandler open(PackerConfig config, Clock clock) throws IOException {
        Subprocesses subprocesses = Subprocesses.of("packer");
        subprocesses.reap();
        for (Path directory : List.of(config.artifactDirectory(), config.cacheDirectory(), config.runDirectory())) {
            Files.createDirectories(directory);
        }
        Bakes bakes = new Bakes(config.artifactDirectory());
        bakes.clean();
        return new PackerBuildHandler(config, clock, subprocesses, RunSlots.take(config.runDirectory()), bakes);
    }

    @Override
    public void close() throws IOException {
        subprocesses.close();
        slot.close();
    }

    @Override
    public Outcome handle(JobContext job) throws JobFailedException {
        BakeRequest request = BakeRequest.read(job.input());
        PackerConfig.Template template = config.templates().get(request.template());
        if (template == null) {
            throw PackerFailures.templateMissing(request.template(), config.templateNames());
        }
        request.checkAgainst(template);
        RunDirectories.RunDirectory run = null;
        try {
            // A worker that was killed beside this one may have left Packer running.
            subprocesses.reap();
            run = runs.open("job");
            return bake(job, request, template, run.path());
        } catch (InterruptedException e) {
            throw PackerFailures.interrupted(Duration.between(clock.instant(), job.deadline()), e);
        } catch (IOException e) {
            throw PackerFailures.io(e);
        } catch (UncheckedIOException e) {
            throw PackerFailures.io(new IOException(String.valueOf(e.getMessage()), e));
        } finally {
            if (run != null) {
                run.delete();
            }
        }
    }

    private Outcome bake(JobContext job, BakeRequest request, PackerConfig.Template template, Path run)
            throws JobFailedException, IOException, InterruptedException {
        if (!Files.isDirectory(template.directory())) {
            throw PackerFailures.templateInvalid(
                    request.template(), "its directory " + template.directory() + " is not there");
        }
        Secrets secrets = Secrets.read(config.secretsDirectory(), template, request);
        Redactor redactor = Redactor.of(secrets.values().values());
        TemplateCopy copy = TemplateCopy.of(request.template(), template.directory(), run.resolve("template"));
        Packer packer = new Packer(config, request.template(), template, run, copy.root(), subprocesses, redactor);
        String version = packer.version();

        Map<String, JsonNode> variables = new TreeMap<>(template.variables());
        variables.putAll(request.variables());
        VariableFiles files = new VariableFiles(run, template, variables, secrets);
        files.write(run.resolve("output"));
        Map<String, String> effective = checkedVariables(request, template, secrets, packer, files);
        job.progress(5, "variables checked");

        BaseImage baseImage = BaseImage.of(template, effective, copy.root());
        BakeKey bakeKey = new BakeKey(
                copy.digest(),
                template.path(),
                variables,
                secrets.names(),
                request.only(),
                request.except(),
                baseImage,
                version);
        String key = bakeKey.hex();
        job.log("Packer " + version + ", template digest " + copy.digest() + ", bake key " + key);

        try (FileLocks.Held held = bakes.hold(key, () -> {
            job.log("Another job bakes the same now; waiting for it");
            job.progress(5, "waiting for another bake of the same");
        })) {
            Optional<ObjectNode> before = bakes.find(key, job::log);
            if (before.isPresent() && mayBeReused(before.get(), job, request)) {
                job.log("It was baked before, and its checksums hold");
                return outcome(before.get(), key, true);
            }
            Optional<GitRevision> git =
                    GitRevision.of(template.directory(), Files.createDirectories(run.resolve("home")), subprocesses);
            ObjectNode record = newRecord(job, request, bakeKey, git);
            return outcome(build(job, request, template, packer, files, redactor, key, record), key, false);
        }
    }

    /** A forced job that comes again, its outcome lost, does not bake again. */
    private static boolean mayBeReused(ObjectNode before, JobContext job, BakeRequest request) {
        return !request.force()
                || before.path("jobId").asText().equals(job.jobId().toString());
    }

    /** What is known before the build. */
    private static ObjectNode newRecord(
            JobContext job, BakeRequest request, BakeKey bakeKey, Optional<GitRevision> git) {
        ObjectNode record = JobContext.MAPPER
                .createObjectNode()
                .put("bakeKey", bakeKey.hex())
                .put("jobId", job.jobId().toString())
                .put("template", request.template());
        record.set("variables", JobContext.MAPPER.valueToTree(bakeKey.variables()));
        record.set("secrets", JobContext.MAPPER.valueToTree(bakeKey.secrets()));
        record.set("only", JobContext.MAPPER.valueToTree(request.only()));
        record.set("except", JobContext.MAPPER.valueToTree(request.except()));
        ObjectNode provenance = record.putObject("provenance").put("templateDigest", bakeKey.templateDigest());
        git.ifPresent(checkout ->
                provenance.putObject("git").put("revision", checkout.revision()).put("dirty", checkout.dirty()));
        if (bakeKey.baseImage().isDeclared()) {
            provenance.set("baseImage", bakeKey.baseImage().toJson());
        }
        provenance.put("packerVersion", bakeKey.packerVersion());
        return record;
    }

    /** What the template makes of its variables; refuses those that it does not know, lacks or keeps secret. */
    private static Map<String, String> checkedVariables(
            BakeRequest request, PackerConfig.Template template, Secrets secrets, Packer packer, VariableFiles files)
            throws JobFailedException, IOException, InterruptedException {
        Map<String, String> declared = packer.inspect(List.of());
        Set<String> unknown = new TreeSet<>(request.variables().keySet());
        unknown.removeAll(declared.keySet());
        if (!unknown.isEmpty()) {
            throw PackerFailures.variable(
                    "variable-unknown",
                    "the template has no variable " + String.join(", ", unknown) + "; it has "
                            + String.join(", ", new TreeSet<>(declared.keySet())));
        }
        Set<String> configured = new TreeSet<>(template.variables().keySet());
        configured.addAll(secrets.names().keySet());
        configured.add(template.outputVariable());
        configured.removeAll(declared.keySet());
        if (!configured.isEmpty()) {
            throw PackerFailures.templateInvalid(
                    request.template(),
                    "it does not declare " + String.join(", ", configured)
                            + ", which the worker's configuration sets (outputVariable, variables, secrets)");
        }

        Map<String, String> effective = packer.inspect(files.all());
        Set<String> given = new TreeSet<>(template.variables().keySet());
        given.addAll(request.variables().keySet());
        given.addAll(secrets.names().keySet());
        given.add(template.outputVariable());
        Set<String> missing = new TreeSet<>();
        for (Map.Entry<String, String> each : effective.entrySet()) {
            boolean sensitive = each.getValue().equals(Packer.SENSITIVE);
            if (each.getValue().equals(Packer.UNKNOWN) && !given.contains(each.getKey())) {
                missing.add(each.getKey());
            }
            if (sensitive && request.variables().containsKey(each.getKey())) {
                throw PackerFailures.variable(
                        "variable-sensitive",
                        "variable " + each.getKey()
                                + " is sensitive: its value would stay readable with the job; it is given by a secret only");
            }
            if (!sensitive && secrets.names().containsKey(each.getKey())) {
                throw PackerFailures.templateInvalid(
                        request.template(),
                        "variable " + each.getKey() + " is given a secret and is not declared as sensitive");
            }
        }
        if (!missing.isEmpty()) {
            throw PackerFailures.variable(
                    "variable-missing", "the template needs a value of variable " + String.join(", ", missing));
        }
        return effective;
    }

    private ObjectNode build(
            JobContext job,
            BakeRequest request,
            PackerConfig.Template template,
            Packer packer,
            VariableFiles files,
            Redactor redactor,
            String key,
            ObjectNode record)
            throws JobFailedException, IOException, InterruptedException {
        long free = bakes.freeBytes();
        if (free < config.minFreeBytes()) {
            throw PackerFailures.diskFull(
                    "artifactDirectory has less room than minFreeBytes, " + config.minFreeBytes()
                            + " bytes; nothing was baked",
                    null);
        }
        Bakes.Bake bake = bakes.begin(key);
        try {
            files.write(bake.files());
            packer.validate(request, files.all());
            job.progress(10, "building");
            Instant started = clock.instant();
            BuildReport report = packer.build(request, files.all(), job::log, step -> job.progress(10, step));
            Instant ended = clock.instant();
            job.progress(90, "checksums");
            checkNothingIsElsewhere(report, bake);
            List<Bakes.BakedFile> made = bakes.collect(bake.files());
            record.set("artifacts", report.artifacts(bake.files(), bakes.filesOf(key)));
            ArrayNode all = record.putArray("files");
            made.forEach(file -> all.add(Bakes.toJson(file)));
            ObjectNode provenance = (ObjectNode) record.get("provenance");
            addPackages(provenance, bake.files(), template.packageList());
            provenance.put("startedAt", started.toString());
            provenance.put("endedAt", ended.toString());
            ObjectNode clean = (ObjectNode) redactor.redact(record);
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted before the bake was kept");
            }
            bakes.publish(bake, clean);
            return clean;
        } finally {
            bakes.discard(bake);
        }
    }

    /** A file that the template wrote past its output directory would be lost, and nobody would know. */
    private static void checkNothingIsElsewhere(BuildReport report, Bakes.Bake bake) throws JobFailedException {
        for (String file : report.artifactFiles()) {
            Path path = Path.of(file).normalize();
            if (!path.startsWith(bake.files()) && (!path.isAbsolute() || Files.exists(path))) {
                throw PackerFailures.artifact("the template wrote " + path.getFileName()
                        + " to another directory than its output variable says");
            }
        }
    }

    private static void addPackages(ObjectNode provenance, Path files, String packageList)
            throws IOException, JobFailedException {
        Path file = files.resolve(packageList);
        if (!Files.isRegularFile(file)) {
            return;
        }
        if (Files.size(file) > LONGEST_PACKAGE_LIST) {
            throw PackerFailures.tooLarge(
                    "package-list", packageList + " is longer than " + LONGEST_PACKAGE_LIST + " bytes");
        }
        List<String> lines = new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                .lines()
                .toList();
        ObjectNode packages =
                provenance.putObject("packages").put("file", packageList).put("count", lines.size());
        ArrayNode first = packages.putArray("lines");
        lines.stream()
                .limit(MOST_PACKAGE_LINES)
                .map(line -> line.length() > LONGEST_PACKAGE_LINE ? line.substring(0, LONGEST_PACKAGE_LINE) : line)
                .forEach(first::add);
    }

    private Outcome outcome(ObjectNode record, String key, boolean reused) {
        ObjectNode output = record.deepCopy();
        output.put("reused", reused);
        output.put("directory", bakes.filesOf(key).toString());
        return Outcome.of(output);
    }

    /** Variables on their way to Packer: files that only this user may read, one of them with the secrets. */
    private record VariableFiles(
            Path run, PackerConfig.Template template, Map<String, JsonNode> variables, Secrets secrets) {

        List<Path> all() {
            return List.of(run.resolve("variables.pkrvars.json"), run.resolve("secrets.pkrvars.json"));
        }

        void write(Path output) throws IOException {
            ObjectNode plain = JobContext.MAPPER.createObjectNode();
            variables.forEach(plain::set);
            plain.put(template.outputVariable(), output.toString());
            write(all().get(0), plain);
            write(all().get(1), JobContext.MAPPER.valueToTree(secrets.values()));
        }

        private static void write(Path file, JsonNode values) throws IOException {
            Files.deleteIfExists(file);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(file, PRETTY.writeValueAsBytes(values), StandardOpenOption.WRITE);
        }
    }
}
