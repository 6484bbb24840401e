package io.plainsail.messaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Places at which the chaos run disturbs a process: between two steps that are not one. Without the environment variable
 * {@code PLAINSAIL_FAILPOINTS} nothing ever happens here. With it, a process that passes a place whose name is a file in
 * that directory deletes the file and does what it says: {@code halt}, the end as by SIGKILL; {@code throw}, as if the
 * step before had been done and its answer were lost; {@code stall}, as if that answer came very late.
 */
public enum Failpoint {
    /** Facade: jobs are committed, not yet published and not yet answered. */
    ACCEPT_COMMITTED,
    /** Facade: a job message is published, its confirm not yet seen. */
    RELAY_PUBLISHED,
    /** Facade: a job message is confirmed, its outbox row not yet deleted. */
    RELAY_CONFIRMED,
    /** Facade: events are committed, their delivery not yet acknowledged. */
    EVENTS_RECORDED,
    /** Facade: a claim is granted and committed, not yet answered. */
    CLAIM_GRANTED,
    /** Worker: a delivery is decoded and allowed, its handler not yet called. */
    DELIVERED,
    /** Worker: the handler has ended, its outcome not yet reported. */
    HANDLED,
    /** Worker: the message of the next attempt is confirmed, not yet reported that it follows. */
    NEXT_ATTEMPT_CONFIRMED,
    /** Worker: an outcome is confirmed, its delivery not yet acknowledged. */
    OUTCOME_CONFIRMED;

    public static final String VARIABLE = "PLAINSAIL_FAILPOINTS";

    public static final String HALT = "halt";
    public static final String THROW = "throw";
    public static final String STALL = "stall";

    /** Longer than anybody waits for an answer. */
    private static final Duration STALLED = Duration.ofSeconds(12);

    /** The status of a process that ended here. */
    public static final int STATUS = 86;

    private static final @Nullable Path ARMED =
            System.getenv(VARIABLE) == null ? null : Path.of(System.getenv(VARIABLE));

    private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The name of the file that arms it. */
    public String word() {
        return word;
    }

    /** Does nothing, unless the process was told to. */
    public void pass() {
        if (ARMED != null) {
            Path file = ARMED.resolve(word);
            String how = take(file);
            if (how != null) {
                disturb(how);
            }
        }
    }

    private static @Nullable String take(Path file) {
        try {
            String how = Files.readString(file).strip();
            return Files.deleteIfExists(file) ? how : null;
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw new IllegalStateException("a failpoint cannot be looked at: " + e.getMessage(), e);
        }
    }

    private void disturb(String how) {
        switch (how) {
            case HALT -> Runtime.getRuntime().halt(STATUS);
            case THROW -> throw new IllegalStateException("failpoint " + word);
            case STALL -> {
                try {
                    Thread.sleep(STALLED.toMillis());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            default -> throw new IllegalStateException("failpoint " + word + ": \"" + how + "\" is nothing it can do");
        }
    }
}
