package io.plainsail.worker.service;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.SchemaCheck;
import io.plainsail.contracts.Violation;
import io.plainsail.worker.JobHandler;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** One job type, ready to run: what can be prepared once is prepared here. Thread-safe. */
final class HandledType {
    private static final long WARN_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long NEVER = Long.MIN_VALUE;

    private final Contract contract;
    private final JobHandler handler;
    private final SchemaCheck outputCheck;
    private final List<Violation> violationsOfNothing;
    private final AttemptMeters meters;
    private final AtomicLong warnedNanos = new AtomicLong(NEVER);

    HandledType(WorkerService.Handled handled, AttemptMeters meters) {
        this.contract = handled.contract();
        this.handler = handled.handler();
        this.outputCheck = SchemaCheck.of(contract.outputSchema(), contract.jobType() + " output schema");
        this.violationsOfNothing = outputCheck.violations(JsonNodeFactory.instance.objectNode());
        this.meters = meters;
    }

    Contract contract() {
        return contract;
    }

    JobType jobType() {
        return contract.jobType();
    }

    JobHandler handler() {
        return handler;
    }

    AttemptMeters meters() {
        return meters;
    }

    /** Whether a failure of this type may be told in the process's log now; a type that always fails must not flood it. */
    boolean mayWarn(long nanos) {
        long last = warnedNanos.get();
        return (last == NEVER || nanos - last >= WARN_EVERY_NANOS) && warnedNanos.compareAndSet(last, nanos);
    }

    ClassLoader classLoader() {
        ClassLoader own = handler.getClass().getClassLoader();
        return own == null ? ClassLoader.getSystemClassLoader() : own;
    }

    SchemaCheck outputCheck() {
        return outputCheck;
    }

    /** What the output schema says about {@code {}}, the output of a handler that has nothing to say. */
    List<Violation> violationsOfNothing() {
        return violationsOfNothing;
    }
}
