package io.plainsail.facade.contracts;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.InvalidContractException;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.SchemaCheck;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The contracts that workers announced: in memory for the accept path, in the store for the next start and for other
 * facades. The newest announcement of a type and version is in force. Thread-safe.
 */
public final class ContractRegistry {
    private static final Logger log = LoggerFactory.getLogger(ContractRegistry.class);

    private final ContractStore store;
    private final Clock clock;
    private final ConcurrentNavigableMap<JobType, Known> known = new ConcurrentSkipListMap<>();

    /** A contract with its compiled input schema. */
    public record Known(Contract contract, SchemaCheck input) {}

    public ContractRegistry(ContractStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /** Takes over what the store has: at start, and again and again where several facades share it. */
    public void refresh() {
        store.all().forEach(this::hold);
    }

    /**
     * Takes an announced contract. One that breaks the format is refused and logged; the one before it stays in force.
     */
    public void announce(JsonNode document, String worker) {
        Contract contract;
        try {
            contract = ContractFormat.read(document);
        } catch (InvalidContractException e) {
            log.error("Contract of {} refused, jobs of it are not accepted by it: {}", worker, e.getMessage());
            return;
        }
        Known before = known.get(contract.jobType());
        if (before != null && before.contract().equals(contract)) {
            return;
        }
        store.put(contract, clock.instant());
        hold(contract);
        if (before == null) {
            log.info("Contract of {} known, from {}", contract.jobType(), worker);
        } else if (!before.contract().digest().equals(contract.digest())) {
            log.warn(
                    "Contract of {} replaced by {}: {} is now {}",
                    contract.jobType(),
                    worker,
                    before.contract().digest(),
                    contract.digest());
        }
    }

    private void hold(Contract contract) {
        known.compute(
                contract.jobType(),
                (type, before) -> before != null && before.contract().equals(contract)
                        ? before
                        : new Known(contract, SchemaCheck.of(contract.inputSchema(), type + " input schema")));
    }

    public Optional<Known> find(JobType jobType) {
        return Optional.ofNullable(known.get(jobType));
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
