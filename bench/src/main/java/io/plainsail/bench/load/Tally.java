package io.plainsail.bench.load;

import io.plainsail.bench.measure.Histogram;
import io.plainsail.bench.measure.Sample;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/** Counts what all connections see, and within the measured time measures it. Thread-safe. */
final class Tally {
    private final Histogram answers = new Histogram();
    private final Histogram outcomes = new Histogram();
    private final LongAdder requests = new LongAdder();
    private final LongAdder jobs = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder stamped = new LongAdder();
    private final LongAdder allJobs = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final AtomicReference<String> firstFailure = new AtomicReference<>();

    private volatile boolean measuring;

    /** Begins or ends the measured time. */
    void measure(boolean on) {
        measuring = on;
    }

    boolean isMeasuring() {
        return measuring;
    }

    void accepted(long acceptedJobs, long nanos) {
        allJobs.add(acceptedJobs);
        if (measuring) {
            requests.increment();
            jobs.add(acceptedJobs);
            answers.record(nanos / 1_000);
        }
    }

    void refused() {
        if (measuring) {
            refused.increment();
        }
    }

    void stamped() {
        stamped.increment();
    }

    void outcomeSeen(long nanos) {
        outcomes.record(nanos / 1_000);
    }

    void failed(String what) {
        failures.increment();
        firstFailure.compareAndSet(null, what);
    }

    LoadResult result(Sample first, Sample last) {
        return new LoadResult(
                first,
                last,
                requests.sum(),
                jobs.sum(),
                refused.sum(),
                stamped.sum(),
                allJobs.sum(),
                failures.sum(),
                firstFailure.get(),
                answers,
                outcomes);
    }
}
