package io.plainsail.chaos.broken;

import io.plainsail.chaos.subject.ChaosExecWorker;

/** An exec worker from whose programs a process gets away. */
public final class EscapingExecWorker {
    private EscapingExecWorker() {}

    public static void main(String[] args) {
        ChaosExecWorker.run(args, ChaosExecWorker.ESCAPING, ChaosExecWorker.ESCAPING);
    }
}
