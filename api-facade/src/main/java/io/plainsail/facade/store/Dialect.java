package io.plainsail.facade.store;

/** The two databases, as far as they differ. */
public enum Dialect {
    /** One process; its files must never be touched by a thread that may be interrupted. */
    H2("classpath:db/migration/h2", """
            select job_id, input_bytes from outbox
            where (claimed_until is null or claimed_until < :now) and available_at <= :now
            fetch first :limit rows only
            """, ""),
    /** Several processes: a claim passes over rows that another relay is claiming at this moment. */
    POSTGRESQL("classpath:db/migration/postgresql", """
            select job_id, input_bytes from outbox
            where (claimed_until is null or claimed_until < :now) and available_at <= :now
            order by job_id
            limit :limit
            for update skip locked
            """, " skip locked");

    private final String migrations;
    private final String skipLocked;
    private final String claimable;

    Dialect(String migrations, String claimable, String skipLocked) {
        this.skipLocked = skipLocked;
        this.migrations = migrations;
        this.claimable = claimable;
    }

    String migrations() {
        return migrations;
    }

    /** To stand behind {@code for update}: pass over rows that somebody else is at. */
    String skipLocked() {
        return skipLocked;
    }

    /** Ids and input sizes of outbox rows that may be claimed: {@code :now}, {@code :limit}. */
    String claimable() {
        return claimable;
    }
}
