package io.plainsail.client;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What became of one request of many.
 *
 * @param index of the request in the list
 * @param status as for a request alone: 202 if it was accepted
 * @param acceptedId of the job; null if it was refused
 * @param problemType such as {@code urn:plainsail:problem:invalid-job}; empty if it was accepted
 * @param detail for people; empty if it was accepted
 */
public record BulkAnswer(
        int index, int status, @Nullable UUID acceptedId, String problemType, String detail, List<Finding> findings) {
    public boolean accepted() {
        return acceptedId != null;
    }

    /** The job's id, if it was accepted. */
    public Optional<UUID> id() {
        return Optional.ofNullable(acceptedId);
    }
}
