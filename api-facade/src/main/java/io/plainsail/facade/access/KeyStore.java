package io.plainsail.facade.access;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Keeps keys, without their secrets. Changes are durable when a call returns. Thread-safe. */
public interface KeyStore {
    int MAX_KEYS = 10_000;

    /** By creation; at most {@link #MAX_KEYS}. */
    List<ApiKey> all();

    Optional<ApiKey> find(String id);

    void add(ApiKey key);

    /** Returns whether there was such a key. */
    boolean remove(String id);

    /** Lets a key end earlier. Returns whether there was such a key. */
    boolean expire(String id, @Nullable Instant at);
}
