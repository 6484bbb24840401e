package io.plainsail.facade.receipt;

import java.time.Instant;
import java.util.Map;

/** Keeps the ledger and draws receipts. Changes are durable when a call returns. Thread-safe. */
public interface LedgerStore {

    /**
     * Adds to what a facade has accepted.
     *
     * @param jobs how many, by minute
     */
    void add(String facade, Map<Instant, Long> jobs);

    /**
     * Compares the ledger with the jobs.
     *
     * @param from whole minute
     * @param before whole minute
     */
    Receipt receipt(Instant from, Instant before);

    /** Forgets minutes before this one. */
    void forgetBefore(Instant minute);
}
