package io.plainsail.workers.ansible;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.subprocess.Ending;
import io.plainsail.worker.subprocess.Program;
import io.plainsail.worker.subprocess.Subprocesses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Finds the directory that a playbook stands in: a configured one, or a git checkout of one revision. Thread-safe. */
final class Projects {
    private static final int MAX_FILES = 100_000;
    private static final int SAID_LINES = 5;

    private final AnsibleConfig config;
    private final Subprocesses subprocesses;

    Projects(AnsibleConfig config, Subprocesses subprocesses) {
        this.config = config;
        this.subprocesses = subprocesses;
    }

    /** The project's directory, without links. A git project is fetched into the run's directory. */
    Path directory(PlaybookRequest request, Path run) throws JobFailedException, InterruptedException, IOException {
        PlaybookRequest.Git git = request.git();
        if (git != null) {
            return fetch(git, run);
        }
        Path project = config.projects().get(String.valueOf(request.project()));
        if (project == null) {
            throw failed(
                    "project",
                    "project \"" + request.project() + "\" is not among the worker's (projects in its"
                            + " configuration); nothing was run");
        }
        if (!Files.isDirectory(project)) {
            throw failed(
                    "project",
                    "project \"" + request.project() + "\" has no directory on this worker's machine;"
                            + " nothing was run");
        }
        return project.toRealPath();
    }

    /** A file or directory that the input names, in the project also after every link is followed. */
    static Path inside(Path project, String field, String path, String code) throws JobFailedException {
        Path named = project.resolve(path);
        if (!Files.exists(named)) {
            throw failed(code, field + " \"" + path + "\" is not there; nothing was run");
        }
        try {
            if (!named.toRealPath().startsWith(project)) {
                throw Variables.invalid(field, path, "must not lead out of the project, not by a link either");
            }
        } catch (IOException e) {
            throw failed(code, field + " \"" + path + "\" cannot be followed; nothing was run");
        }
        return named;
    }

    private Path fetch(PlaybookRequest.Git git, Path run) throws JobFailedException, InterruptedException, IOException {
        if (!Files.isExecutable(config.git())) {
            throw failed(
                    "git-missing",
                    config.git() + " is not there: git projects need git on the worker's machine"
                            + " (git in its configuration); nothing was run");
        }
        Path checkout = Files.createDirectory(run.resolve("project")).toRealPath();
        git(run, checkout, "init", "--quiet", ".");
        git(
                run,
                checkout,
                "fetch",
                "--quiet",
                "--depth=1",
                "--no-tags",
                "--no-recurse-submodules",
                "--",
                git.url(),
                git.revision());
        git(run, checkout, "checkout", "--quiet", "--detach", "FETCH_HEAD");
        checkLinks(checkout);
        return checkout;
    }

    private void git(Path run, Path checkout, String... arguments)
            throws JobFailedException, InterruptedException, IOException {
        List<String> command = new ArrayList<>(List.of(
                config.git().toString(),
                "-c",
                "core.hooksPath=/dev/null",
                "-c",
                "http.followRedirects=false",
                "-c",
                "core.fsmonitor=false"));
        command.addAll(List.of(arguments));
        Deque<String> said = new ArrayDeque<>();
        Program program = new Program(
                command,
                checkout,
                gitEnvironment(run),
                new byte[0],
                Program.Limits.NONE,
                new Program.OutputBounds(1_000, 1_000_000));
        Ending ending = subprocesses.run(
                program,
                (line, cut) -> {},
                (line, cut) -> {
                    if (said.size() < SAID_LINES) {
                        said.add(line.replaceAll("\\p{Cntrl}", " "));
                    }
                },
                Program.GRACE);
        if (ending.exit() != 0) {
            throw new JobFailedException(
                    ErrorCategory.UNAVAILABLE,
                    "git",
                    "git " + arguments[0] + " ended with status " + ending.exit() + ": " + String.join(" / ", said)
                            + "; nothing was run");
        }
    }

    private Map<String, String> gitEnvironment(Path run) {
        List<String> protocols = new ArrayList<>();
        for (String protocol : List.of("https", "ssh", "file")) {
            if (config.gitPrefixes().stream().anyMatch(prefix -> prefix.startsWith(protocol + ":"))) {
                protocols.add(protocol);
            }
        }
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("PATH", AnsibleHandler.PATH);
        environment.put("HOME", run.resolve("home").toString());
        environment.put("LC_ALL", "C.UTF-8");
        environment.put("GIT_CONFIG_NOSYSTEM", "1");
        environment.put("GIT_CONFIG_GLOBAL", "/dev/null");
        environment.put("GIT_ALLOW_PROTOCOL", String.join(":", protocols));
        environment.put("GIT_TERMINAL_PROMPT", "0");
        environment.put("GIT_ASKPASS", "/bin/false");
        environment.put("GIT_SSH_COMMAND", "/usr/bin/ssh " + AnsibleHandler.sshArguments(config, true));
        return environment;
    }

    /** What a repository brings may not point at the worker's own files. */
    private static void checkLinks(Path checkout) throws JobFailedException, IOException {
        try (Stream<Path> files = Files.walk(checkout)) {
            int count = 0;
            for (Path file : (Iterable<Path>) files::iterator) {
                if (++count > MAX_FILES) {
                    throw new JobFailedException(
                            ErrorCategory.LIMIT_EXCEEDED,
                            "project",
                            "project.git has more than " + MAX_FILES + " files; nothing was run");
                }
                if (Files.isSymbolicLink(file)) {
                    Path to = file.resolveSibling(Files.readSymbolicLink(file)).normalize();
                    boolean leadsOut = !to.startsWith(checkout)
                            || (Files.exists(file) && !file.toRealPath().startsWith(checkout));
                    if (leadsOut) {
                        throw Variables.invalid(
                                "project.git",
                                checkout.relativize(file).toString(),
                                "links must not lead out of the project");
                    }
                }
            }
        }
    }

    private static JobFailedException failed(String code, String message) {
        return new JobFailedException(ErrorCategory.REJECTED, code, message);
    }
}
