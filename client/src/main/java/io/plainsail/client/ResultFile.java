package io.plainsail.client;

/**
 * A result as it was fetched.
 *
 * @param mediaType such as {@code application/pdf}; {@code application/json} if the job has an output only
 * @param bytes how many were written
 */
public record ResultFile(String mediaType, long bytes) {}
