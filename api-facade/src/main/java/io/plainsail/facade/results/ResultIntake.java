package io.plainsail.facade.results;

import io.plainsail.facade.contracts.ContractRegistry;
import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.results.RefusedFileException.Rule;
import io.plainsail.facade.store.StoreUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.util.UUID;

/** Takes the result file of a running attempt, after looking at its token, its job and its contract. Thread-safe. */
public final class ResultIntake {
    private final JobStore jobs;
    private final ContractRegistry contracts;
    private final JobTokens tokens;
    private final ResultStore results;

    public ResultIntake(JobStore jobs, ContractRegistry contracts, JobTokens tokens, ResultStore results) {
        this.jobs = jobs;
        this.contracts = contracts;
        this.tokens = tokens;
        this.results = results;
    }

    /**
     * Keeps the file; durable when it returns. May be repeated.
     *
     * @param digest {@code sha-256:<hex>} of the content
     * @throws RefusedFileException naming the rule that the delivery breaks; nothing was kept
     * @throws StoreUnavailableException if it cannot be kept now
     */
    public void take(UUID jobId, int attempt, String token, InputStream content, String digest) {
        if (!tokens.matches(token, jobId)) {
            throw new RefusedFileException(Rule.WRONG_TOKEN, "a result is delivered with the token of its own job");
        }
        Job job = jobs.find(jobId)
                .orElseThrow(() -> new RefusedFileException(Rule.UNKNOWN_JOB, "no job has the id " + jobId));
        if (job.state().terminal() || attempt < job.attempt()) {
            throw new RefusedFileException(
                    Rule.NOT_CURRENT,
                    "the job is " + job.state().word() + " with attempt " + job.attempt() + ": attempt " + attempt
                            + " can deliver nothing more");
        }
        long max = contracts
                .find(job.jobType())
                .map(known -> known.contract().maxOutputBytes())
                .orElseThrow(() -> new RefusedFileException(
                        Rule.UNKNOWN_JOB, job.jobType() + " has no contract: its bound is not known"));
        try {
            results.keep(jobId, attempt, content, digest, max);
        } catch (IOException e) {
            throw new StoreUnavailableException("the result cannot be kept now: " + e.getMessage(), e);
        }
    }
}
