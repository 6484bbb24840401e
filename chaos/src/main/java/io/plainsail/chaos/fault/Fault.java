package io.plainsail.chaos.fault;

import static io.plainsail.messaging.Failpoint.HALT;
import static io.plainsail.messaging.Failpoint.STALL;
import static io.plainsail.messaging.Failpoint.THROW;

import io.plainsail.chaos.subject.Cluster.Way;
import io.plainsail.messaging.Failpoint;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What can happen to a cluster. */
public enum Fault {
    /** SIGKILL, and started again. */
    FACADE_KILL(Part.FACADE, 500, 5_000),
    WORKER_KILL(Part.WORKER, 500, 5_000),
    /** SIGTERM, and started again when it has ended. */
    WORKER_RESTART(Part.WORKER, 8_000, 12_000),
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
    /** Messages of jobs are deleted in the broker: those that are in no worker's hands, and those that rest. */
    QUEUE_PURGED(Part.BROKER, 1_000, 1_000),
    /** Nothing passes between two parts, for less or more time than it takes them to give their connections up. */
    FACADE_BROKER_CUT(Way.FACADE_TO_BROKER, Part.FACADE),
    FACADE_STORE_CUT(Way.FACADE_TO_STORE, Part.STORE),
    WORKER_BROKER_CUT(Way.WORKERS_TO_BROKER, Part.WORKER),
    WORKER_FACADE_CUT(Way.WORKERS_TO_FACADE, Part.WORKER),
    /** Everything between all parts comes late, as when packets are lost and sent again. */
    DELAY(Part.NETWORK, 5_000, 15_000),
    /**
     * No file of the facade can grow, as on a full disk; for H2, whose file is the facade's.
     */
    DISK_FULL(Part.FACADE, 3_000, 10_000),
    /** The disk with all of PostgreSQL's data is full; left out with H2, and nothing happens where none can be mounted. */
    STORE_DISK_FULL(Part.STORE, 3_000, 10_000),
    /** The wall clock is wrong for a while: two steps. */
    FACADE_CLOCK_STEP(Part.FACADE, 5_000, 15_000, "PT40S", "-PT40S", "PT3S", "-PT3S"),
    WORKER_CLOCK_STEP(Part.WORKER, 5_000, 15_000, "PT40S", "-PT40S", "PT3S", "-PT3S"),
    /** Something happens at a place between two steps that are not one. */
    ACCEPT_COMMITTED(Failpoint.ACCEPT_COMMITTED, Part.FACADE, HALT, THROW, STALL),
    RELAY_PUBLISHED(Failpoint.RELAY_PUBLISHED, Part.FACADE, HALT, STALL),
    RELAY_CONFIRMED(Failpoint.RELAY_CONFIRMED, Part.FACADE, HALT, THROW, STALL),
    EVENTS_RECORDED(Failpoint.EVENTS_RECORDED, Part.FACADE, HALT, THROW, STALL),
    CLAIM_GRANTED(Failpoint.CLAIM_GRANTED, Part.FACADE, HALT, THROW, STALL),
    DELIVERED(Failpoint.DELIVERED, Part.WORKER, HALT, STALL),
    HANDLED(Failpoint.HANDLED, Part.WORKER, HALT, STALL),
    NEXT_ATTEMPT_CONFIRMED(Failpoint.NEXT_ATTEMPT_CONFIRMED, Part.WORKER, HALT, STALL),
    OUTCOME_CONFIRMED(Failpoint.OUTCOME_CONFIRMED, Part.WORKER, HALT, STALL),
    /** A job that ends each process that runs it. */
    POISON(Part.NONE, 0, 0);

    /** What a fault hits; one part suffers one fault at a time. */
    enum Part {
        FACADE,
        WORKER,
        BROKER,
        STORE,
        NETWORK,
        NONE
    }

    private final Part part;
    private final int leastMillis;
    private final int mostMillis;
    private final @Nullable Failpoint failpoint;
    private final @Nullable Way way;
    private final List<String> variants;
    private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

    Fault(Part part, int leastMillis, int mostMillis, String... variants) {
        this.failpoint = null;
        this.way = null;
        this.variants = List.of(variants);
        this.part = part;
        this.leastMillis = leastMillis;
        this.mostMillis = mostMillis;
    }

    Fault(Way way, Part part) {
        this.failpoint = null;
        this.way = way;
        this.variants = List.of();
        this.part = part;
        this.leastMillis = 5_000;
        this.mostMillis = 40_000;
    }

    Fault(Failpoint failpoint, Part part, String... variants) {
        this.failpoint = failpoint;
        this.way = null;
        this.variants = List.of(variants);
        this.part = part;
        // As long it waits for somebody to pass.
        this.leastMillis = 4_000;
        this.mostMillis = 4_000;
    }

    /** Where it happens; null for other faults. */
    @Nullable
    Failpoint failpoint() {
        return failpoint;
    }

    /** What is cut; null for other faults. */
    @Nullable
    Way way() {
        return way;
    }

    /** In which ways it can happen; empty if in one only. */
    List<String> variants() {
        return variants;
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
