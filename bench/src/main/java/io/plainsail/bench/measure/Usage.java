package io.plainsail.bench.measure;

/**
 * What a process and its descendants use.
 *
 * @param cpuSeconds user and system time since it started, of ended descendants as well
 * @param memoryBytes resident now; what several processes share is counted once (the sum of PSS)
 * @param peakMemoryBytes the most that was ever resident; of one process alone, 0 where there are several, for the sum
 *     of their peaks would count shared memory again and again
 */
public record Usage(double cpuSeconds, long memoryBytes, long peakMemoryBytes) {}
