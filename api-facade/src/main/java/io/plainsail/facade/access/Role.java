package io.plainsail.facade.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a caller may do. Each role from {@link #READER} to {@link #ADMIN} may do all that those before it may. */
public enum Role {
    /** Looks at jobs. */
    READER,
    /** Submits, cancels and replays single jobs. */
    SUBMITTER,
    /** Cancels, replays and purges by filter, drains workers, releases parked messages. */
    OPERATOR,
    /** Makes and revokes keys, reads the audit log. */
    ADMIN,
    /** A worker service; may do nothing else. */
    WORKER;

    /** As it is written in requests and answers. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Role> ofWord(String word) {
        return Arrays.stream(values()).filter(role -> role.word().equals(word)).findFirst();
    }

    /** Whether it may do what the other may. */
    public boolean includes(Role other) {
        return this == other || this == ADMIN || (this != WORKER && other != WORKER && ordinal() >= other.ordinal());
    }
}
