package io.plainsail.facade.description;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * What a facade is set up for, as far as its callers are to know.
 *
 * @param keysRequired whether every call takes a key or a token
 * @param issuer of tokens that are taken beside keys; null for none
 * @param maxRequestBytes of a job request's body
 * @param maxBulkBytes of a bulk body
 * @param maxBulkItems requests in a bulk body
 */
public record Setup(
        boolean keysRequired, @Nullable URI issuer, int maxRequestBytes, int maxBulkBytes, int maxBulkItems) {}
