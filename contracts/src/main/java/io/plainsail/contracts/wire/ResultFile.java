package io.plainsail.contracts.wire;

import org.jspecify.annotations.Nullable;

/**
 * The file that an attempt produced.
 *
 * @param mediaType such as {@code application/pdf}
 * @param size in bytes
 * @param digest {@code sha-256:<hex>} of the content
 * @param inline the content if it travels in the event; null if the attempt delivered it to the result store before
 */
public record ResultFile(String mediaType, long size, String digest, byte @Nullable [] inline) {}
