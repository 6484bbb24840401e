package io.plainsail.facade.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The keys that are in force: those of the store, held in memory, and those of files that the operator gave. A new key is good
 * at every facade at once; any other change takes effect here at once, at other facades within a refresh. Thread-safe.
 */
public final class Keys {
    private static final long LOOK_PATIENCE_MILLIS = 500;

    private final KeyStore store;
    private final Clock clock;
    private final List<ApiKey> ofFiles;

    /** Looks into the store for keys that are not known: one at a time, whoever makes them up. */
    private final Semaphore looking = new Semaphore(1, true);

    private volatile Map<String, ApiKey> known = Map.of();

    /**
     * @param ofFiles keys that stand in no store
     */
    public Keys(KeyStore store, List<ApiKey> ofFiles, Clock clock) {
        this.store = store;
        this.clock = clock;
        this.ofFiles = List.copyOf(ofFiles);
        refresh();
    }

    /** Takes over what the store has: for one loop. One at a time, or an older answer would bring a revoked key back. */
    public synchronized void refresh() {
        Map<String, ApiKey> fresh = new HashMap<>();
        store.all().forEach(key -> fresh.put(key.id(), key));
        ofFiles.forEach(key -> fresh.put(key.id(), key));
        known = Map.copyOf(fresh);
    }

    /**
     * The key with this text; empty if there is none, or it is expired.
     *
     * @throws io.plainsail.facade.store.StoreUnavailableException if it is not known, and the store cannot say whether there is one
     */
    public Optional<ApiKey> authenticate(String text) {
        KeyText given = KeyText.parse(text).orElse(null);
        ApiKey key = given == null ? null : knownOrNew(given.id());
        if (key == null
                || given == null
                || !MessageDigest.isEqual(
                        given.hash().getBytes(StandardCharsets.US_ASCII),
                        key.hash().getBytes(StandardCharsets.US_ASCII))
                || key.isExpired(clock.instant())) {
            return Optional.empty();
        }
        return Optional.of(key);
    }

    /** Another facade may have made it a moment ago. */
    private @Nullable ApiKey knownOrNew(String id) {
        ApiKey key = known.get(id);
        if (key != null) {
            return key;
        }
        try {
            if (!looking.tryAcquire(LOOK_PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                return null;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
        try {
            if (!known.containsKey(id) && store.find(id).isPresent()) {
                refresh();
            }
            return known.get(id);
        } finally {
            looking.release();
        }
    }

    /** Jobs that the key with this id may submit in a day; empty for as many as it likes. */
    public Optional<Integer> quota(String id) {
        ApiKey key = known.get(id);
        return key == null ? Optional.empty() : Optional.ofNullable(key.jobsPerDay());
    }

    public boolean any() {
        return !known.isEmpty();
    }

    /** By creation, those of files first. */
    public List<ApiKey> all() {
        List<ApiKey> all = new ArrayList<>(ofFiles);
        all.addAll(store.all());
        return all;
    }

    public Optional<ApiKey> find(String id) {
        return all().stream().filter(key -> key.id().equals(id)).findFirst();
    }

    /** A new key, whose text is known only now. */
    public record Created(ApiKey key, KeyText text) {}

    /** What a key is to be. */
    public record Wish(
            String name,
            @Nullable String tenant,
            Role role,
            Set<String> jobTypes,
            @Nullable Integer perMinute,
            @Nullable Integer jobsPerDay,
            @Nullable Instant expiresAt) {}

    /**
     * @throws IllegalStateException if there are {@link KeyStore#MAX_KEYS} already
     */
    public Created create(Wish wish, String by) {
        if (store.all().size() >= KeyStore.MAX_KEYS) {
            throw new IllegalStateException("there are " + KeyStore.MAX_KEYS + " keys: revoke one first");
        }
        KeyText text = KeyText.fresh();
        ApiKey key = new ApiKey(
                text.id(),
                text.hash(),
                wish.name(),
                wish.tenant(),
                wish.role(),
                wish.jobTypes(),
                wish.perMinute(),
                wish.jobsPerDay(),
                clock.instant(),
                by,
                wish.expiresAt());
        store.add(key);
        refresh();
        return new Created(key, text);
    }

    /** Returns whether there was such a key in the store. */
    public boolean revoke(String id) {
        boolean removed = store.remove(id);
        refresh();
        return removed;
    }

    /**
     * Makes a key that may do the same, and lets the old one live for a while: both work meanwhile.
     *
     * @return empty if there is no such key in the store
     */
    public Optional<Created> rotate(String id, Instant oldUntil, String by) {
        ApiKey old = store.all().stream()
                .filter(key -> key.id().equals(id))
                .findFirst()
                .orElse(null);
        if (old == null) {
            return Optional.empty();
        }
        Created created = create(
                new Wish(
                        old.name(),
                        old.tenant(),
                        old.role(),
                        old.jobTypes(),
                        old.perMinute(),
                        old.jobsPerDay(),
                        old.expiresAt()),
                by);
        Instant ends = old.expiresAt() != null && old.expiresAt().isBefore(oldUntil) ? old.expiresAt() : oldUntil;
        store.expire(id, ends);
        refresh();
        return Optional.of(created);
    }
}
