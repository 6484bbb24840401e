package io.plainsail.workers.packer;

import io.plainsail.worker.subprocess.Ending;
import io.plainsail.worker.subprocess.Program;
import io.plainsail.worker.subprocess.Subprocesses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The checkout that a directory stands in.
 *
 * @param dirty whether files below the directory are changed or new since then
 */
record GitRevision(String revision, boolean dirty) {
    private static final Path GIT = Path.of("/usr/bin/git");

    /**
     * @param home an empty directory: nobody's configuration is read
     * @return empty if it is in no checkout, has no commit, or git is not installed
     */
    static Optional<GitRevision> of(Path directory, Path home, Subprocesses subprocesses)
            throws IOException, InterruptedException {
        if (!Files.isExecutable(GIT)) {
            return Optional.empty();
        }
        Optional<List<String>> head = git(subprocesses, directory, home, "rev-parse", "HEAD");
        if (head.isEmpty() || head.get().size() != 1 || !head.get().get(0).matches("[0-9a-f]{40,64}")) {
            return Optional.empty();
        }
        Optional<List<String>> status =
                git(subprocesses, directory, home, "status", "--porcelain", "--untracked-files=normal", "--", ".");
        return status.map(lines -> new GitRevision(head.get().get(0), !lines.isEmpty()));
    }

    private static Optional<List<String>> git(Subprocesses subprocesses, Path directory, Path home, String... arguments)
            throws IOException, InterruptedException {
        // The checkout may be another user's; no program that its configuration names is run to look for changes.
        List<String> command =
                new ArrayList<>(List.of(GIT.toString(), "-c", "safe.directory=*", "-c", "core.fsmonitor=false"));
        command.addAll(Arrays.asList(arguments));
        Program program = new Program(
                command,
                directory,
                Map.of(
                        "PATH", "/usr/bin:/bin",
                        "HOME", home.toString(),
                        "LC_ALL", "C",
                        "GIT_CONFIG_NOSYSTEM", "1",
                        "GIT_OPTIONAL_LOCKS", "0"),
                new byte[0],
                Program.Limits.NONE,
                Program.OutputBounds.STANDARD);
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        Ending ending = subprocesses.run(
                program,
                (line, cut) -> {
                    if (lines.size() < 2) {
                        lines.add(line);
                    }
                },
                (line, cut) -> {},
                Program.GRACE);
        return ending.exit() == 0 ? Optional.of(List.copyOf(lines)) : Optional.empty();
    }
}
