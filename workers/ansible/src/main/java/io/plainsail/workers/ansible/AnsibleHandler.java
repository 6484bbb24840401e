package io.plainsail.workers.ansible;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobHandler;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.subprocess.Ending;
import io.plainsail.worker.subprocess.Program;
import io.plainsail.worker.subprocess.RunDirectories;
import io.plainsail.worker.subprocess.Subprocesses;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs {@code ansible.playbook} v1. One attempt, in order:
 *
 * <ol>
 *   <li>read the input; refuse what could steer Ansible, git or a command line
 *   <li>read the secrets; make the run's directory; find or fetch the project, the playbook and the inventory
 *   <li>write variables and secrets into one file that only this user may read
 *   <li>run ansible-runner from an empty environment; its events become the job's log as they come
 *   <li>leave no process, delete the variables, and turn the recap into the outcome
 * </ol>
 *
 * <p>Thread-safe; holds the run directory's lock, so close it: that also ends what still runs.
 */
final class AnsibleHandler implements JobHandler, AutoCloseable {
    static final String PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
    private static final String IDENT = "run";

    /** Kept back from the deadline, so that this class says what happened and not the one that interrupts it. */
    private static final Duration MAX_MARGIN = Duration.ofSeconds(15);

    private final AnsibleConfig config;
    private final Clock clock;
    private final Subprocesses subprocesses;
    private final Projects projects;
    private final RunDirectories runs;
    private final FileChannel lock;

    private AnsibleHandler(
            AnsibleConfig config, Clock clock, Subprocesses subprocesses, RunDirectories runs, FileChannel lock) {
        this.config = config;
        this.clock = clock;
        this.subprocesses = subprocesses;
        this.projects = new Projects(config, subprocesses);
        this.runs = runs;
        this.lock = lock;
    }

    /**
     * Ends what earlier processes left, and deletes the run directories that they did not leave in order: variables and
     * secrets may stand there.
     *
     * @throws IllegalStateException if the run directory cannot be used, or another process uses it
     */
    static AnsibleHandler open(AnsibleConfig config, Clock clock) {
        Subprocesses subprocesses = Subprocesses.of("ansible");
        Path base = config.runDirectory();
        FileChannel lock = null;
        try {
            Files.createDirectories(base);
            Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("rwx------"));
            lock = FileChannel.open(base.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!locked(lock)) {
                lock.close();
                throw new IllegalStateException("runDirectory " + base
                        + " is used by another process: each Ansible worker on a machine needs its own");
            }
            subprocesses.reap();
            deleteUnfinished(base.resolve("runs"));
            RunDirectories runs =
                    new RunDirectories(base.resolve("runs"), config.keepRuns(), config.keepRunsFor(), clock);
            return new AnsibleHandler(config, clock, subprocesses, runs, lock);
        } catch (IOException e) {
            if (lock != null) {
                closeQuietly(lock, e);
            }
            throw new IllegalStateException("runDirectory " + base + " cannot be used: " + e.getMessage(), e);
        }
    }

    private static void closeQuietly(FileChannel channel, IOException because) {
        try {
            channel.close();
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static void deleteUnfinished(Path runs) throws IOException {
        if (!Files.isDirectory(runs)) {
            return;
        }
        boolean unfinished;
        try (Stream<Path> left = Files.list(runs)) {
            unfinished = left.anyMatch(run -> Files.exists(variables(run)));
        }
        if (unfinished) {
            // Which of them had secrets is not known: none is kept.
            new RunDirectories(runs, 0, Duration.ZERO, Clock.systemUTC()).rotate();
        }
    }

    @Override
    public void close() throws IOException {
        subprocesses.close();
        lock.close();
    }

    @Override
    public Outcome handle(JobContext job) throws JobFailedException, InterruptedException, IOException {
        PlaybookRequest request = PlaybookRequest.read(job.input(), config);
        if (!Files.isExecutable(config.runner())) {
            throw failed("runner-missing", config.runner() + " is not there: install ansible-runner; nothing was run");
        }
        Secrets secrets = Secrets.read(config.secretsDirectory(), request.secrets());
        RunDirectories.RunDirectory run = runs.open(job.jobId() + "." + job.attempt());
        try {
            return run(job, request, secrets, run.path());
        } finally {
            // In this order: a directory whose variables are still there was not left in order.
            if (secrets.isEmpty() && variables(run.path()).toFile().delete()) {
                run.close();
            } else {
                run.delete();
            }
        }
    }

    private Outcome run(JobContext job, PlaybookRequest request, Secrets secrets, Path run)
            throws JobFailedException, InterruptedException, IOException {
        for (String part : List.of("home", "tmp", "data", "data/env")) {
            Files.createDirectory(run.resolve(part));
        }
        RunEvents events = new RunEvents(run.resolve("data/artifacts/" + IDENT + "/job_events"), secrets, job);
        Duration idle = request.idleTimeout() == null ? config.idleTimeout() : request.idleTimeout();
        List<String> errors = Collections.synchronizedList(new ArrayList<>());
        Ending ending = null;
        RunWatch watch = RunWatch.start(events, timeout(job, request), idle, config.maxEvents());
        try {
            ending = start(job, request, secrets, run, errors);
        } catch (InterruptedException | ClosedByInterruptException e) {
            if (watch.bound() == null || job.interrupted()) {
                Thread.interrupted(); // The exception says it; what cleans up is not to be disturbed.
                throw e instanceof InterruptedException interrupted
                        ? interrupted
                        : new InterruptedException("interrupted before the run began");
            }
        } finally {
            watch.close();
        }
        if (job.interrupted()) {
            Thread.interrupted();
            throw new InterruptedException("the run was ended");
        }
        JobFailedException bound = watch.bound();
        if (bound != null || ending == null) {
            Thread.interrupted(); // The watch's, not the worker's: see above.
            throw bound == null ? failed("ansible-error", "the run was ended") : bound;
        }
        return outcome(request, secrets, run, events, errors, ending);
    }

    private Duration timeout(JobContext job, PlaybookRequest request) {
        Duration left = Duration.between(clock.instant(), job.deadline());
        Duration tenth = left.dividedBy(10);
        Duration usable = left.minus(tenth.compareTo(MAX_MARGIN) < 0 ? tenth : MAX_MARGIN);
        Duration wanted = request.timeout();
        return wanted != null && wanted.compareTo(usable) < 0 ? wanted : usable;
    }

    private Ending start(JobContext job, PlaybookRequest request, Secrets secrets, Path run, List<String> errors)
            throws JobFailedException, InterruptedException, IOException {
        Path project = projects.directory(request, run);
        Path playbook = Projects.inside(project, "playbook", request.playbook(), "playbook");
        if (!Files.isRegularFile(playbook)) {
            throw Variables.invalid("playbook", request.playbook(), "must be a file");
        }
        Path inventory = inventory(request, project, run);
        writePrivate(variables(run), yaml(request, secrets));
        writePrivate(
                run.resolve("data/env/settings"), "{\"suppress_output_file\": true, \"suppress_env_files\": true}\n");
        Program program = new Program(
                command(request, project, inventory, run),
                project,
                environment(run),
                new byte[0],
                Program.Limits.NONE,
                new Program.OutputBounds(4_000, 4_000_000));
        return subprocesses.run(
                program,
                (line, cut) -> {},
                (line, cut) -> {
                    if (errors.size() < 20) {
                        errors.add(secrets.redact(line));
                        job.log(secrets.redact(line));
                    }
                },
                // ansible-runner takes three to four seconds to end a playbook in order.
                Duration.ofSeconds(8));
    }

    private Path inventory(PlaybookRequest request, Path project, Path run) throws JobFailedException, IOException {
        JsonNode hosts = request.hosts();
        if (hosts != null) {
            StringBuilder text = new StringBuilder();
            Variables.write(text, hosts);
            return writePrivate(run.resolve("inventory.yml"), text.append('\n').toString());
        }
        Path configured = config.inventories().get(request.inventory());
        if (configured == null) {
            return Projects.inside(project, "inventory", request.inventory(), "inventory");
        }
        if (!Files.exists(configured)) {
            throw failed(
                    "inventory",
                    "inventory \"" + request.inventory() + "\" is configured and not there;" + " nothing was run");
        }
        return configured;
    }

    private static String yaml(PlaybookRequest request, Secrets secrets) {
        ObjectNode all = request.extraVars().deepCopy();
        secrets.values().forEach(all::put);
        StringBuilder text = new StringBuilder();
        Variables.write(text, all);
        return text.append('\n').toString();
    }

    private static Path variables(Path run) {
        return run.resolve("data/env/extravars");
    }

    private static Path writePrivate(Path file, String text) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.writeString(file, text, StandardCharsets.UTF_8);
    }

    /** Every word of it is checked or ours; no variable is among them. */
    private List<String> command(PlaybookRequest request, Path project, Path inventory, Path run) {
        List<String> command = new ArrayList<>(List.of(
                config.runner().toString(),
                "run",
                run.resolve("data").toString(),
                "--ident=" + IDENT,
                "--project-dir=" + project,
                "--inventory=" + inventory,
                "--playbook=" + request.playbook(),
                "--forks=" + request.forks(),
                "--quiet"));
        if (!request.limit().isEmpty()) {
            command.add("--limit=" + request.limit());
        }
        if (request.verbosity() > 0) {
            command.add("-" + "v".repeat(request.verbosity()));
        }
        List<String> more = new ArrayList<>();
        if (!request.tags().isEmpty()) {
            more.add("--tags=" + String.join(",", request.tags()));
        }
        if (!request.skipTags().isEmpty()) {
            more.add("--skip-tags=" + String.join(",", request.skipTags()));
        }
        if (request.check()) {
            more.add("--check");
        }
        if (request.diff()) {
            more.add("--diff");
        }
        if (!more.isEmpty()) {
            command.add("--cmdline=" + String.join(" ", more));
        }
        return command;
    }

    /** All that Ansible finds there; ansible-runner writes it into the run's directory. */
    private Map<String, String> environment(Path run) {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("PATH", PATH);
        environment.put("HOME", run.resolve("home").toString());
        environment.put("TMPDIR", run.resolve("tmp").toString());
        environment.put("LC_ALL", "C.UTF-8");
        environment.put("PYTHONDONTWRITEBYTECODE", "1");
        environment.put("ANSIBLE_LOCAL_TEMP", run.resolve("tmp").toString());
        environment.put("ANSIBLE_RETRY_FILES_ENABLED", "False");
        environment.put("ANSIBLE_NOCOLOR", "1");
        environment.put("ANSIBLE_LOG_PATH", "/dev/null");
        environment.put("ANSIBLE_INVENTORY_UNPARSED_FAILED", "True");
        environment.put("ANSIBLE_HOST_KEY_CHECKING", config.hostKeyChecking() ? "True" : "False");
        environment.put("ANSIBLE_SSH_ARGS", sshArguments(config, config.hostKeyChecking()));
        // One connection for each task: a shared one would need a socket, whose path is too long here.
        environment.put("ANSIBLE_PIPELINING", "True");
        return environment;
    }

    static String sshArguments(AnsibleConfig config, boolean checking) {
        StringBuilder words =
                new StringBuilder("-F /dev/null -o ControlMaster=no -o ControlPath=none -o ForwardAgent=no");
        words.append(" -o StrictHostKeyChecking=").append(checking ? "yes" : "no");
        Path known = config.knownHosts();
        if (known != null || !checking) {
            words.append(" -o UserKnownHostsFile=").append(known == null ? "/dev/null" : known);
        }
        Path key = config.privateKey();
        if (key != null) {
            words.append(" -o IdentitiesOnly=yes -o IdentityFile=").append(key);
        }
        return words.toString();
    }

    private static Outcome outcome(
            PlaybookRequest request, Secrets secrets, Path run, RunEvents events, List<String> errors, Ending ending)
            throws JobFailedException {
        int rc = number(run.resolve("data/artifacts/" + IDENT + "/rc"), ending.exit());
        JobFailedException failure = RunFailures.of(events, rc, errors, ending);
        if (failure != null) {
            throw failure;
        }
        ObjectNode output = JobContext.MAPPER.createObjectNode();
        output.put("status", "successful").put("rc", rc);
        output.set("hosts", events.hosts());
        output.set("failedTasks", events.failedTasksAsJson());
        Facts facts = Facts.read(
                run.resolve("data/artifacts/" + IDENT + "/fact_cache"), events.hosts(), request.facts(), secrets);
        output.set("facts", facts.byHost());
        output.put("truncated", events.truncated() || facts.truncated());
        return Outcome.of(output);
    }

    private static int number(Path file, int otherwise) {
        try {
            return Integer.parseInt(Files.readString(file).strip());
        } catch (IOException | NumberFormatException e) {
            return otherwise;
        }
    }

    private static JobFailedException failed(String code, String message) {
        return failed(code, message, null);
    }

    private static JobFailedException failed(String code, String message, @Nullable Throwable cause) {
        return new JobFailedException(ErrorCategory.REJECTED, code, message, cause);
    }
}
