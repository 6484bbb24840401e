package io.plainsail.client;

import java.time.Instant;

/**
 * A line of a job's log.
 *
 * @param attempt whose line it is
 * @param sequence position in the attempt's log, from 0
 * @param line as the handler wrote it: anything may be in it, control characters too
 */
public record LogLine(int attempt, int sequence, Instant at, String line) {}
