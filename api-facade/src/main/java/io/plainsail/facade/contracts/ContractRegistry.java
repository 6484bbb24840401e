package io.plainsail.facade.contracts;

import io.plainsail.contracts.Contract;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.SchemaCheck;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The contracts in force: in memory for the accept path, in the store for the next start and for other facades. Which they
 * are, {@link Announcements} decides. Thread-safe.
 */
public final class ContractRegistry {
    private final ContractStore store;
    private final Clock clock;
    private final ConcurrentNavigableMap<JobType, Known> known = new ConcurrentSkipListMap<>();

    private final AtomicLong version = new AtomicLong();

    private volatile boolean ends;

    /** A contract with its compiled input schema. */
    public record Known(Contract contract, SchemaCheck input) {}

    public ContractRegistry(ContractStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * Takes over what the store has: at start, and again and again where several facades share it. Nothing is replaced
     * between reading and taking over.
     */
    public synchronized void refresh() {
        store.all().forEach(this::hold);
    }

    /** Takes the contract if it is the first of its type and version; false if there is one. */
    public synchronized boolean first(Contract contract) {
        if (known.containsKey(contract.jobType())) {
            return false;
        }
        boolean first = store.putFirst(contract, clock.instant());
        if (first) {
            hold(contract);
        } else {
            refresh();
        }
        return first;
    }

    /** Puts the contract in force, in place of the one before. */
    public synchronized void replace(Contract contract) {
        store.put(contract, clock.instant());
        hold(contract);
    }

    private synchronized void hold(Contract contract) {
        Known earlier = known.get(contract.jobType());
        Known held = known.compute(
                contract.jobType(),
                (type, before) -> before != null && before.contract().equals(contract)
                        ? before
                        : new Known(contract, SchemaCheck.of(contract.inputSchema(), type + " input schema")));
        ends = known.values().stream()
                .anyMatch(one ->
                        one.contract().deprecated() != null || one.contract().sunset() != null);
        if (held != earlier) {
            version.incrementAndGet();
        }
    }

    /** Another number whenever a contract was added or replaced; read it before the contracts that it is to speak of. */
    public long version() {
        return version.get();
    }

    public Optional<Known> find(JobType jobType) {
        return Optional.ofNullable(known.get(jobType));
    }

    /** Whether any version has a day of its end, or is deprecated. */
    public boolean anyEnds() {
        return ends;
    }

    /** Versions of a job type, ascending. */
    public List<Integer> versions(String name) {
        return known.subMap(new JobType(name, 1), true, new JobType(name, JobType.MAX_VERSION), true).keySet().stream()
                .map(JobType::version)
                .toList();
    }

    public List<Contract> all() {
        return known.values().stream().map(Known::contract).toList();
    }
}
