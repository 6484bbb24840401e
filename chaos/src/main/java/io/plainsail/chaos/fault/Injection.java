package io.plainsail.chaos.fault;

/**
 * One fault at its time.
 *
 * @param atMillis after the load began
 * @param forMillis how long it lasts
 * @param variant how, of the fault's variants; empty if there are none
 * @param worker which worker, for faults of workers; 0 otherwise
 */
public record Injection(Fault fault, int atMillis, int forMillis, int worker, String variant) {
    /** A fault that happens in one way only. */
    public Injection(Fault fault, int atMillis, int forMillis, int worker) {
        this(fault, atMillis, forMillis, worker, "");
    }

    public int endMillis() {
        return atMillis + forMillis;
    }

    @Override
    public String toString() {
        return "%6.1f s  %s%s, %.1f s"
                .formatted(
                        atMillis / 1_000.0,
                        variant.isEmpty() ? fault.word() : fault.word() + " (" + variant + ")",
                        fault.part() == Fault.Part.WORKER ? " of worker " + (worker + 1) : "",
                        forMillis / 1_000.0);
    }
}
