package io.plainsail.facade.job;

import java.time.Instant;

/** One line of a job's log. */
public record LogEntry(int attempt, int sequence, Instant at, String line) {}
