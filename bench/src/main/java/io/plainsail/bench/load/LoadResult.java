package io.plainsail.bench.load;

import io.plainsail.bench.measure.Histogram;
import io.plainsail.bench.measure.Sample;
import org.jspecify.annotations.Nullable;

/**
 * What the load generator saw.
 *
 * @param first taken when the measured time began
 * @param last taken when it ended
 * @param requests answered with acceptance within the measured time
 * @param jobs accepted by them
 * @param refused requests answered 429 or 503 within the measured time
 * @param stamped jobs that carry the time at which they were sent
 * @param allJobs accepted from the beginning to the end
 * @param failures requests with any other answer, and jobs that failed, from the beginning to the end
 * @param firstFailure what the first of them said
 * @param answers from when a request was sent, or due, to its answer, in microseconds
 * @param outcomes from when a request was due to when a GET showed the job as succeeded, of a part of the jobs
 */
public record LoadResult(
        Sample first,
        Sample last,
        long requests,
        long jobs,
        long refused,
        long stamped,
        long allJobs,
        long failures,
        @Nullable String firstFailure,
        Histogram answers,
        Histogram outcomes) {

    public double seconds() {
        return last.secondsSince(first);
    }

    /** See {@link Sample#foreignShare}. */
    public double foreignShare() {
        return last.foreignShare(first, Runtime.getRuntime().availableProcessors());
    }
}
