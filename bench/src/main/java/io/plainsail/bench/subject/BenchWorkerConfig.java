package io.plainsail.bench.subject;

import java.nio.file.Path;

/**
 * @param starts the file that is written at the end: how long jobs took from being sent to being begun, a histogram in
 *     microseconds
 */
public record BenchWorkerConfig(Path starts) {}
