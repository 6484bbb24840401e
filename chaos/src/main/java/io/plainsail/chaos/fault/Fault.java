package io.plainsail.chaos.fault;

import io.plainsail.messaging.Failpoint;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What can happen to a cluster. */
public enum Fault {
    /** SIGKILL, and started again. */
    FACADE_KILL(Part.FACADE, 500, 5_000),
    WORKER_KILL(Part.WORKER, 500, 5_000),
    BROKER_KILL(Part.BROKER, 500, 8_000),
    /** PostgreSQL; left out with H2, which lives in the facade. */
    STORE_KILL(Part.STORE, 500, 5_000),
    /** SIGSTOP for less than the lease. */
    WORKER_FREEZE(Part.WORKER, 5_000, 8_000),
    /** SIGSTOP for longer than the lease, and than the broker waits for a heartbeat. */
    WORKER_FREEZE_LONG(Part.WORKER, 32_000, 36_000),
    FACADE_FREEZE(Part.FACADE, 5_000, 12_000),
    /** Every AMQP connection is closed, every two seconds. */
    CONNECTIONS_CLOSED(Part.BROKER, 4_000, 8_000),
    /** The broker takes no messages. */
    MEMORY_ALARM(Part.BROKER, 3_000, 10_000),
    DISK_ALARM(Part.BROKER, 3_000, 10_000),
    /** The binding of a job type's queue is gone, until its worker has connected again. */
    BINDING_DELETED(Part.BROKER, 3_000, 8_000),
    /** The process ends at a place between two steps that are not one. */
    ACCEPT_COMMITTED(Failpoint.ACCEPT_COMMITTED, Part.FACADE),
    RELAY_PUBLISHED(Failpoint.RELAY_PUBLISHED, Part.FACADE),
    RELAY_CONFIRMED(Failpoint.RELAY_CONFIRMED, Part.FACADE),
    EVENTS_RECORDED(Failpoint.EVENTS_RECORDED, Part.FACADE),
    CLAIM_GRANTED(Failpoint.CLAIM_GRANTED, Part.FACADE),
    DELIVERED(Failpoint.DELIVERED, Part.WORKER),
    HANDLED(Failpoint.HANDLED, Part.WORKER),
    NEXT_ATTEMPT_CONFIRMED(Failpoint.NEXT_ATTEMPT_CONFIRMED, Part.WORKER),
    OUTCOME_CONFIRMED(Failpoint.OUTCOME_CONFIRMED, Part.WORKER),
    /** A job that ends each process that runs it. */
    POISON(Part.NONE, 0, 0);

    /** What a fault hits; one part suffers one fault at a time. */
    enum Part {
        FACADE,
        WORKER,
        BROKER,
        STORE,
        NONE
    }

    private final Part part;
    private final int leastMillis;
    private final int mostMillis;
    private final @Nullable Failpoint failpoint;
    private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

    Fault(Part part, int leastMillis, int mostMillis) {
        this.failpoint = null;
        this.part = part;
        this.leastMillis = leastMillis;
        this.mostMillis = mostMillis;
    }

    Fault(Failpoint failpoint, Part part) {
        this.failpoint = failpoint;
        this.part = part;
        // As long it waits for somebody to pass.
        this.leastMillis = 4_000;
        this.mostMillis = 4_000;
    }

    /** Where the process ends; null for other faults. */
    @Nullable
    Failpoint failpoint() {
        return failpoint;
    }

    Part part() {
        return part;
    }

    int leastMillis() {
        return leastMillis;
    }

    int mostMillis() {
        return mostMillis;
    }

    /** As the command line and the report write it. */
    public String word() {
        return word;
    }

    public static Optional<Fault> ofWord(String word) {
        return Arrays.stream(values()).filter(fault -> fault.word.equals(word)).findFirst();
    }
}
