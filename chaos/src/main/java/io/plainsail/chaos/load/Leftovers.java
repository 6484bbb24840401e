package io.plainsail.chaos.load;

import io.plainsail.chaos.load.Watch.Seen;
import io.plainsail.chaos.subject.JobProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Looks for processes of jobs that have ended, and keeps every sight of one. One thread's. */
public final class Leftovers {
    private final List<Leftover> seen = new ArrayList<>();

    /**
     * A process that ran although its job was seen to have ended.
     *
     * @param at when it was seen, milliseconds of this machine's clock
     */
    public record Leftover(JobProcess process, long at) {}

    /** Returns how many there are now. */
    public int look(Map<String, Seen> ended) throws IOException {
        long at = System.currentTimeMillis();
        List<JobProcess> found = of(ended.keySet());
        found.forEach(process -> seen.add(new Leftover(process, at)));
        return found.size();
    }

    private static List<JobProcess> of(Set<String> jobs) throws IOException {
        return JobProcess.all().stream()
                .filter(process -> jobs.contains(process.job()))
                .toList();
    }

    /** Kills what was started for any of these jobs: it is not to outlive the run. */
    public void end(Set<String> jobs) throws IOException {
        of(jobs).forEach(JobProcess::end);
    }

    public List<Leftover> seen() {
        return List.copyOf(seen);
    }
}
