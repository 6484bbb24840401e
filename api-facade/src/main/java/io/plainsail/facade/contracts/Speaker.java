package io.plainsail.facade.contracts;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.wire.Worker;
import java.time.Instant;

/**
 * An instance that speaks a contract.
 *
 * @param digest of the contract
 * @param lastSeen when it announced it last
 */
public record Speaker(JobType jobType, String digest, Worker worker, Instant lastSeen) {}
