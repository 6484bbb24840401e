package io.plainsail.contracts.wire;

/**
 * Who reports.
 *
 * @param service name of the worker service, such as {@code document}
 * @param instance one running process of it; unique
 * @param host where it runs
 * @param release version of the service
 */
public record Worker(String service, String instance, String host, String release) {}
