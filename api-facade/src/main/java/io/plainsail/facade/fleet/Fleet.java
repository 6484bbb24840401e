package io.plainsail.facade.fleet;

import static java.util.stream.Collectors.toCollection;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.RunningCheck.Presence;
import io.plainsail.contracts.wire.WireText;
import io.plainsail.contracts.wire.Worker;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker instances. They tell of themselves every second or so, when they ask what is unwanted: what is new goes into
 * the store, the rest only now and then. Thread-safe.
 */
public final class Fleet {
    private static final Logger log = LoggerFactory.getLogger(Fleet.class);

    private static final Duration WRITE_EVERY = Duration.ofSeconds(5);
    private static final Duration FORGET_AFTER = Duration.ofHours(1);

    /** At a time: anybody who reaches the facade may tell of one. */
    static final int MAX_INSTANCES = 10_000;

    private static final int MAX_TYPES = 100;

    private final FleetStore store;
    private final Clock clock;

    /** What this facade wrote last, by instance. */
    private final Map<String, Instance> written = new ConcurrentHashMap<>();

    private volatile Set<String> draining = Set.of();

    public Fleet(FleetStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /** Takes what an instance tells of itself. Returns whether it is to take no further jobs. */
    public boolean heard(RunningCheck check) {
        Presence presence = check.presence();
        if (presence == null) {
            return false;
        }
        Instance now = instance(check, presence, clock.instant());
        String name = now.worker().instance();
        if (now.state().equals(Presence.STOPPED)) {
            written.remove(name);
            store.gone(name);
            return false;
        }
        Instance before = written.get(name);
        if (before == null && written.size() >= MAX_INSTANCES) {
            log.warn("{} is left out of the list of workers: there are {} in it", name, MAX_INSTANCES);
            return false;
        }
        if (isNews(before, now)) {
            store.heard(now);
            written.put(name, now);
        }
        return draining.contains(name);
    }

    private static Instance instance(RunningCheck check, Presence presence, Instant now) {
        Worker worker = presence.worker();
        return new Instance(
                new Worker(
                        WireText.storable(worker.service(), 200),
                        WireText.storable(worker.instance(), 200),
                        WireText.storable(worker.host(), 200),
                        WireText.storable(worker.release(), 200)),
                check.types().stream()
                        .filter(type -> JobType.ofKey(type).isPresent())
                        .limit(MAX_TYPES)
                        .toList(),
                WireText.storable(presence.state(), 20),
                check.running().size(),
                presence.capacity(),
                presence.began(),
                now,
                false);
    }

    private static boolean isNews(@Nullable Instance before, Instance now) {
        return before == null
                || !before.state().equals(now.state())
                || (before.running() == 0) != (now.running() == 0)
                || !before.lastSeen().plus(WRITE_EVERY).isAfter(now.lastSeen());
    }

    /** Learns whom other facades were asked to drain, and forgets who was not heard of for long. For one loop. */
    public void look() {
        learnDraining();
        Instant forgotten = clock.instant().minus(FORGET_AFTER);
        written.values().removeIf(instance -> instance.lastSeen().isBefore(forgotten));
        int gone = store.forgetBefore(forgotten);
        if (gone > 0) {
            log.info("{} workers are forgotten: not heard of for {}", gone, FORGET_AFTER);
        }
    }

    /** One at a time, or an older answer would take the place of a newer one. */
    private synchronized void learnDraining() {
        draining = store.draining();
    }

    public List<Instance> all() {
        return store.all();
    }

    /** Releases of which an instance takes jobs of the type now, sorted. */
    public SortedSet<String> releases(JobType type) {
        return store.all().stream()
                .filter(instance -> instance.takes(type) && !isSilent(instance))
                .map(instance -> instance.worker().release())
                .collect(toCollection(TreeSet::new));
    }

    public Optional<Instance> find(String name) {
        return store.all().stream()
                .filter(instance -> instance.worker().instance().equals(name))
                .findFirst();
    }

    /**
     * Asks the instance to take no further jobs, or to take them again: it learns that when it asks next.
     *
     * @return as it is now; empty if there is no such instance
     */
    public Optional<Instance> drain(String name, boolean drain) {
        if (!store.drain(name, drain)) {
            return Optional.empty();
        }
        learnDraining();
        log.info("{} is asked to {}", name, drain ? "take no further jobs" : "take jobs again");
        return find(name);
    }

    /** Whether nothing was heard of it for long. */
    public boolean isSilent(Instance instance) {
        return instance.isSilent(clock.instant());
    }
}
