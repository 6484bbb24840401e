package io.plainsail.chaos.subject;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A process on this machine that was started for a job: the exec worker names the job in the environment, and whatever is
 * started from there inherits it.
 */
public record JobProcess(String job, long pid, String command) {
    private static final String MARK = "PLAINSAIL_JOB_ID=";

    /** All that run now and are this user's; ended ones that nobody has waited for have no environment any more. */
    public static List<JobProcess> all() throws IOException {
        List<JobProcess> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path entry : entries) {
                look(entry, found);
            }
        }
        return found;
    }

    private static void look(Path entry, List<JobProcess> found) {
        try {
            for (String variable : words(entry.resolve("environ"))) {
                if (variable.startsWith(MARK)) {
                    found.add(new JobProcess(
                            variable.substring(MARK.length()),
                            Long.parseLong(String.valueOf(entry.getFileName())),
                            String.join(" ", words(entry.resolve("cmdline")))));
                    return;
                }
            }
        } catch (IOException gone) {
            // It has ended meanwhile, or is somebody else's.
        }
    }

    private static String[] words(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1).split("\0", -1);
    }

    /** Kills it. */
    public void end() {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
}
