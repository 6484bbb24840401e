package io.plainsail.facade.access;

import java.security.Principal;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a request.
 *
 * @param id of the key; {@code anonymous} where none are asked for
 * @param tenant whose jobs it sees, and who owns those that it submits; null for one that sees all
 * @param jobTypes names of the job types that it may submit; empty for all
 */
public record Caller(String id, @Nullable String tenant, Role role, Set<String> jobTypes) implements Principal {

    /** Anybody, where access is not controlled. */
    public static final Caller ANONYMOUS = new Caller("anonymous", null, Role.ADMIN, Set.of());

    public Caller {
        jobTypes = Set.copyOf(jobTypes);
    }

    @Override
    public String getName() {
        return id;
    }

    public boolean maySubmit(String jobType) {
        return jobTypes.isEmpty() || jobTypes.contains(jobType);
    }

    /** Who owns what it submits. */
    public Owner owner() {
        return new Owner(tenant == null ? "" : tenant, id);
    }
}
