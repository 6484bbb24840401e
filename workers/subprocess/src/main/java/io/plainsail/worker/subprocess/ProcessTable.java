package io.plainsail.worker.subprocess;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What runs on this machine, as far as this user may see it: proc(5). */
final class ProcessTable {
    private static final Path PROC = Path.of("/proc");
    private static final int SESSION = 3;
    private static final int STARTED = 19;

    private ProcessTable() {}

    /**
     * @param mark the value of the mark in its environment; empty if it has none, or hides it
     * @param session id of its session
     */
    record Seen(ProcessHandle process, String mark, long session) {}

    static List<Seen> find(Predicate<Seen> wanted) {
        List<Seen> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path entry : entries) {
                look(entry, wanted, found);
            }
        } catch (IOException e) {
            throw new IllegalStateException("the processes of this machine cannot be listed: " + e.getMessage(), e);
        }
        return found;
    }

    private static void look(Path entry, Predicate<Seen> wanted, List<Seen> found) {
        long pid = Long.parseLong(String.valueOf(entry.getFileName()));
        ProcessHandle.of(pid).ifPresent(process -> {
            try {
                Seen seen = new Seen(process, markOf(entry), Long.parseLong(statOf(entry)[SESSION]));
                if (wanted.test(seen)) {
                    found.add(seen);
                }
            } catch (IOException | RuntimeException gone) {
                // It has ended meanwhile.
            }
        });
    }

    /** When a process began, in ticks since the machine did; -1 if it is not there. With its id it names it for ever. */
    static long startedAt(long pid) {
        try {
            return Long.parseLong(statOf(PROC.resolve(Long.toString(pid)))[STARTED]);
        } catch (IOException | RuntimeException gone) {
            return -1;
        }
    }

    private static String markOf(Path entry) throws IOException {
        try {
            String environment = Files.readString(entry.resolve("environ"), StandardCharsets.ISO_8859_1);
            String prefix = Subprocesses.MARK + "=";
            for (String variable : environment.split("\0", -1)) {
                if (variable.startsWith(prefix)) {
                    return variable.substring(prefix.length());
                }
            }
        } catch (AccessDeniedException e) {
            // Somebody else's.
        }
        return "";
    }

    /** The fields from the third on, the state: the second, the name, may hold anything. */
    private static String[] statOf(Path entry) throws IOException {
        String stat = Files.readString(entry.resolve("stat"), StandardCharsets.ISO_8859_1);
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    }
}
