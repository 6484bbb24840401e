package io.plainsail.facade.access;

import io.plainsail.facade.accept.JobQuota;
import io.plainsail.facade.job.NewJob;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * So many jobs a day for each key that has a quota; days are UTC's. Each facade counts at once what it accepts, writes it
 * down within a second, and learns within five seconds what the others have: several together may accept a little more than
 * the quota, and one that is killed forgets what it counted in its last second.
 *
 * <p>Thread-safe.
 */
public final class Quotas implements JobQuota {
    private static final int DAYS_KEPT = 40;

    private record Place(String key, LocalDate day) {}

    /** Guarded by itself. */
    private static final class Usage {
        /** As the store knew it, of all facades. */
        private long stored;

        /** Counted here and not written yet. */
        private long fresh;

        private long all() {
            return stored + fresh;
        }
    }

    /**
     * Where a key stands.
     *
     * @param quota jobs a day
     * @param left of them
     * @param seconds until the day ends
     */
    public record Standing(int quota, long left, int seconds) {}

    private final Keys keys;
    private final UsageStore store;
    private final String facade;
    private final Clock clock;
    private final Map<Place, Usage> usages = new ConcurrentHashMap<>();

    public Quotas(Keys keys, UsageStore store, String facade, Clock clock) {
        this.keys = keys;
        this.store = store;
        this.facade = facade;
        this.clock = clock;
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    private int secondsLeft() {
        return (int) Math.max(
                1,
                Duration.between(
                                clock.instant(),
                                today().plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant())
                        .toSeconds());
    }

    private Usage usage(String key) {
        return usages.computeIfAbsent(new Place(key, today()), any -> new Usage());
    }

    /** Empty if the key has no quota. */
    public Optional<Standing> standing(String key) {
        return keys.quota(key).map(quota -> {
            Usage usage = usage(key);
            synchronized (usage) {
                return new Standing(quota, Math.max(0, quota - usage.all()), secondsLeft());
            }
        });
    }

    /** @throws QuotaException if a key has not so many left: nothing is counted */
    @Override
    public void take(List<NewJob> jobs) {
        List<String> taken = new ArrayList<>();
        Map<String, Long> wanted = byKey(jobs);
        for (Map.Entry<String, Long> one : wanted.entrySet()) {
            Integer quota = keys.quota(one.getKey()).orElse(null);
            if (quota == null) {
                continue;
            }
            Usage usage = usage(one.getKey());
            synchronized (usage) {
                if (usage.all() + one.getValue() <= quota) {
                    usage.fresh += one.getValue();
                    taken.add(one.getKey());
                    continue;
                }
            }
            taken.forEach(key -> add(key, -wanted.getOrDefault(key, 0L)));
            throw new QuotaException(
                    "the key " + one.getKey() + " has " + quota + " jobs a day, " + Math.max(0, quota - used(usage))
                            + " of them left, and this would be " + one.getValue(),
                    secondsLeft());
        }
    }

    private static long used(Usage usage) {
        synchronized (usage) {
            return usage.all();
        }
    }

    @Override
    public void giveBack(List<NewJob> jobs) {
        byKey(jobs).forEach((key, count) -> {
            if (keys.quota(key).isPresent()) {
                add(key, -count);
            }
        });
    }

    private void add(String key, long count) {
        Usage usage = usage(key);
        synchronized (usage) {
            usage.fresh += count;
        }
    }

    private static Map<String, Long> byKey(List<NewJob> jobs) {
        Map<String, Long> counts = new TreeMap<>();
        jobs.forEach(job -> counts.merge(job.owner().caller(), 1L, Long::sum));
        return counts;
    }

    /** Writes what was counted; if that fails it is tried again, and may be counted twice: then the quota ends earlier. */
    public synchronized void flush() {
        Map<LocalDate, Map<String, Long>> fresh = new TreeMap<>();
        usages.forEach((place, usage) -> {
            synchronized (usage) {
                if (usage.fresh != 0) {
                    fresh.computeIfAbsent(place.day(), any -> new HashMap<>()).put(place.key(), usage.fresh);
                }
            }
        });
        fresh.forEach((day, counts) -> {
            store.add(facade, day, counts);
            counts.forEach((key, count) -> {
                Usage usage = usages.get(new Place(key, day));
                if (usage != null) {
                    synchronized (usage) {
                        usage.fresh -= count;
                        usage.stored += count;
                    }
                }
            });
        });
    }

    /** Learns what other facades have counted, and this one before it was started; forgets the days before. */
    public synchronized void refresh() {
        LocalDate today = today();
        usages.entrySet().removeIf(one -> one.getKey().day().isBefore(today) && isWritten(one.getValue()));
        store.sums(today).forEach((key, sum) -> {
            Usage usage = usages.computeIfAbsent(new Place(key, today), any -> new Usage());
            synchronized (usage) {
                usage.stored = sum;
            }
        });
    }

    private static boolean isWritten(Usage usage) {
        synchronized (usage) {
            return usage.fresh == 0;
        }
    }

    /** Forgets the days long past, in the store too. */
    public void forget() {
        store.forgetBefore(today().minusDays(DAYS_KEPT));
    }
}
