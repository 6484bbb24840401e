package io.plainsail.client;

/**
 * A job type that may be submitted.
 *
 * @param effectClass {@code pure}, {@code idempotent} or {@code irreversible}
 * @param digest of what its contract binds both sides to
 */
public record JobTypeInfo(String type, int version, String title, String effectClass, String digest) {}
