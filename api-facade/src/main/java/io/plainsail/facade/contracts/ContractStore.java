package io.plainsail.facade.contracts;

import io.plainsail.contracts.Contract;
import java.time.Instant;
import java.util.List;

/** Keeps announced contracts, so that jobs are accepted while no worker runs. Thread-safe. */
public interface ContractStore {

    List<Contract> all();

    /** Stores the contract unless there is one of the same type and version; whether it did. */
    boolean putFirst(Contract contract, Instant now);

    /** Stores the contract, in place of an earlier one of the same type and version. */
    void put(Contract contract, Instant now);
}
