package io.plainsail.facade.access;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who changed what. Entries are durable when a call returns. Thread-safe. */
public interface AuditLog {

    /**
     * A change, or the attempt at one.
     *
     * @param id UUIDv7
     * @param caller id of the key
     * @param from address that the request came from
     * @param action method and path, with the query
     * @param status what it was answered with
     * @param detail what was before and what is after, where that is known: JSON
     */
    record Entry(
            UUID id,
            Instant at,
            String caller,
            String from,
            String action,
            int status,
            @Nullable String detail) {}

    void add(Entry entry);

    /**
     * Which entries; null in each place for all.
     *
     * @param action how the action begins
     * @param from at this time or later
     * @param before earlier than this
     */
    record Filter(
            @Nullable String caller,
            @Nullable String action,
            @Nullable Integer status,
            @Nullable Instant from,
            @Nullable Instant before) {}

    /** Newest first, those older than the given one. */
    List<Entry> list(Filter filter, @Nullable UUID olderThan, int limit);

    /** Returns how many. */
    int forgetBefore(Instant at);
}
