package io.plainsail.worker.service;

import io.plainsail.contracts.Contract;
import io.plainsail.worker.JobHandler;
import java.util.ArrayList;
import java.util.List;

/**
 * A worker service as its author defines it: a name, the contracts it speaks and the handler of each. Immutable: each
 * method returns another definition.
 *
 * <pre>{@code
 * WorkerService.named("document").handles(contract, handler)
 * }</pre>
 *
 * @param name lower-case letters, digits and dashes, 1 to 50 characters; in metrics, logs and the facade's lists
 * @param handled the job types, in the order in which they are announced
 * @param resources closed after the last handler has ended or was given up, the last one first: what would outlive this
 *     process, such as one that a handler has started, ends there
 */
public record WorkerService(String name, List<Handled> handled, List<AutoCloseable> resources) {

    /** One job type and who does its work. */
    public record Handled(Contract contract, JobHandler handler) {}

    public WorkerService {
        handled = List.copyOf(handled);
        resources = List.copyOf(resources);
        boolean wellFormed = !name.isEmpty()
                && name.length() <= 50
                && name.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
        if (!wellFormed) {
            throw new IllegalArgumentException("a worker service is named \"" + name
                    + "\": must be lower-case letters, digits and dashes, 1 to 50 characters");
        }
        for (int i = 0; i < handled.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (handled.get(i)
                        .contract()
                        .jobType()
                        .equals(handled.get(j).contract().jobType())) {
                    throw new IllegalArgumentException("worker service " + name + " handles "
                            + handled.get(i).contract().jobType() + " twice: one handler a job type");
                }
            }
        }
    }

    public static WorkerService named(String name) {
        return new WorkerService(name, List.of(), List.of());
    }

    /** Adds a job type. */
    public WorkerService handles(Contract contract, JobHandler handler) {
        List<Handled> more = new ArrayList<>(handled);
        more.add(new Handled(contract, handler));
        return new WorkerService(name, more, resources);
    }

    /** Adds something that handlers use and that is to be closed at the end, such as an HTTP client. */
    public WorkerService closes(AutoCloseable resource) {
        List<AutoCloseable> more = new ArrayList<>(resources);
        more.add(resource);
        return new WorkerService(name, handled, more);
    }
}
