package io.plainsail.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A process and its descendants, as Linux' /proc shows them. Thread-safe: no state. */
public final class ProcessTree {
    private static final Path PROC = Path.of("/proc");

    private final long root;

    public ProcessTree(long root) {
        this.root = root;
    }

    /** What it uses, all in all. Descendants that end meanwhile are passed over. */
    public Usage usage() {
        List<Long> living = living();
        double cpu = ProcText.cpuTime(read(root, "stat")).ofEndedChildren();
        long memory = 0;
        for (long pid : living) {
            String stat = read(pid, "stat");
            cpu += stat.isEmpty() ? 0 : ProcText.cpuTime(stat).own();
            memory += memory(pid, living.size() > 1);
        }
        long peak = living.size() > 1 ? 0 : ProcText.bytes(read(root, "status"), "VmHWM");
        return new Usage(cpu, memory, peak);
    }

    /**
     * Seconds of CPU time by thread name, of the root process alone. Linux cuts names to 15 characters; threads whose
     * names differ in their number only are added up.
     */
    public Map<String, Double> threads() {
        Map<String, Double> byName = new TreeMap<>();
        try (Stream<Path> tasks = Files.list(PROC.resolve(root + "/task"))) {
            for (Path task : tasks.toList()) {
                String stat = read(task.resolve("stat"));
                if (!stat.isEmpty()) {
                    String name = ProcText.name(stat).replaceAll("\\d+", "N");
                    byName.merge(name, ProcText.cpuTime(stat).own(), Double::sum);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("process " + root + " has ended: its threads cannot be measured", e);
        }
        return byName;
    }

    /** Seconds that the whole machine's cores were busy since it started. */
    public static double machineBusySeconds() {
        return ProcText.busySeconds(read(PROC.resolve("stat")));
    }

    private List<Long> living() {
        List<Long> pids = new ArrayList<>(List.of(root));
        ProcessHandle.of(root)
                .orElseThrow(() -> new IllegalStateException("process " + root + " has ended: it cannot be measured"))
                .descendants()
                .map(ProcessHandle::pid)
                .forEach(pids::add);
        return pids;
    }

    private static long memory(long pid, boolean shares) {
        long shared = shares ? ProcText.bytes(read(pid, "smaps_rollup"), "Pss") : 0;
        return shared > 0 ? shared : ProcText.bytes(read(pid, "status"), "VmRSS");
    }

    private static String read(long pid, String file) {
        return read(PROC.resolve(pid + "/" + file));
    }

    /** The text; empty if the process has ended or the file may not be read. */
    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }
}
