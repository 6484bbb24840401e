package io.plainsail.bench.report;

/**
 * One measured number.
 *
 * @param key its name in the JSON document
 * @param label its name in the table
 * @param unit such as {@code jobs/s} or {@code ms}
 */
public record Figure(String key, String label, double value, String unit) {}
