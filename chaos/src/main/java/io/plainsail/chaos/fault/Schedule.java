package io.plainsail.chaos.fault;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Which fault happens when: the same seed, length and faults give the same schedule. */
public final class Schedule {
    private static final int QUIET_MILLIS = 3_000;
    private static final int GAP_MILLIS = 4_000;
    private static final int MAX_POISONS = 2;

    private Schedule() {}

    /**
     * Each fault of the set once, in an order of its own, and again until the time is up. Faults of different parts may
     * overlap; those of one part do not.
     *
     * @param seconds in which they begin
     */
    public static List<Injection> of(long seed, int seconds, Set<Fault> faults, int workers) {
        Random random = new Random(seed);
        List<Injection> injections = new ArrayList<>();
        Map<String, Integer> freeAt = new HashMap<>();
        List<Fault> round = new ArrayList<>();
        int poisons = 0;
        int now = QUIET_MILLIS;
        while (!faults.isEmpty() && now < seconds * 1_000) {
            if (round.isEmpty()) {
                round.addAll(faults.stream().sorted().toList());
                java.util.Collections.shuffle(round, random);
            }
            Fault fault = round.remove(round.size() - 1);
            int worker = fault.part() == Fault.Part.WORKER ? random.nextInt(workers) : 0;
            int length = fault.leastMillis() + random.nextInt(fault.mostMillis() - fault.leastMillis() + 1);
            List<String> variants = fault.variants();
            String variant = variants.isEmpty() ? "" : variants.get(random.nextInt(variants.size()));
            int gap = GAP_MILLIS / 2 + random.nextInt(GAP_MILLIS);
            if (fault == Fault.POISON && poisons++ >= MAX_POISONS) {
                continue;
            }
            String part = fault.part() + "-" + worker;
            int at = Math.max(now, freeAt.getOrDefault(part, 0));
            if (at < seconds * 1_000) {
                injections.add(new Injection(fault, at, length, worker, variant));
                // A restarted process needs a moment before the next fault is another one.
                freeAt.put(part, fault.part() == Fault.Part.NONE ? 0 : at + length + QUIET_MILLIS);
            }
            now += gap;
        }
        injections.sort(Comparator.comparingInt(Injection::atMillis));
        return List.copyOf(injections);
    }
}
