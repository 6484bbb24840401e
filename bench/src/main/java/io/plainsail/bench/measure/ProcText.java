package io.plainsail.bench.measure;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the text of files in Linux' /proc, see proc(5). */
final class ProcText {
    /** USER_HZ: fixed at 100 on every architecture that a JDK runs on. */
    private static final double TICKS_PER_SECOND = 100;

    private ProcText() {}

    /**
     * What one process, or thread, has used.
     *
     * @param own user and system time of the process itself, in seconds
     * @param ofEndedChildren the same of its children that have ended and were waited for
     */
    record CpuTime(double own, double ofEndedChildren) {}

    /** From {@code /proc/PID/stat}: {@code pid (name) state ppid …}; the name may hold blanks and parentheses. */
    static CpuTime cpuTime(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        // Field 14 of proc(5), utime, is the twelfth after the name.
        return new CpuTime(seconds(fields[11]) + seconds(fields[12]), seconds(fields[13]) + seconds(fields[14]));
    }

    /** The name of a thread or process, from its {@code stat}. */
    static String name(String stat) {
        return stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    }

    /** A size in bytes from lines like {@code VmRSS:  1234 kB}; 0 if there is no such line, as in a zombie. */
    static long bytes(String lines, String name) {
        Matcher matcher = Pattern.compile("^" + name + ":\\s+(\\d+) kB$", Pattern.MULTILINE)
                .matcher(lines);
        return matcher.find() ? Long.parseLong(matcher.group(1)) * 1024 : 0;
    }

    /**
     * Seconds that all cores together were busy since the start of the machine, from {@code /proc/stat}: everything but
     * idle and waiting for disks. What the hypervisor gave to others counts as busy: it was not to be had.
     */
    static double busySeconds(String stat) {
        String[] fields = stat.lines().findFirst().orElseThrow().trim().split("\\s+");
        double busy = 0;
        for (int i = 1; i <= 8 && i < fields.length; i++) {
            boolean idle = i == 4 || i == 5;
            busy += idle ? 0 : seconds(fields[i]);
        }
        return busy;
    }

    private static double seconds(String ticks) {
        return Long.parseLong(ticks) / TICKS_PER_SECOND;
    }
}
