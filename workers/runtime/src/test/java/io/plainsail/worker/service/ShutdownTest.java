package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShutdownTest {
    private final List<String> closed = new ArrayList<>();
    private final Shutdown shutdown = new Shutdown();

    @Test
    void whatWasOpenedLastIsClosedFirstAndOnce() {
        shutdown.opened("one", () -> closed.add("one"));
        shutdown.opened("two", () -> closed.add("two"));
        shutdown.close();
        shutdown.close();
        assertThat(closed).containsExactly("two", "one");
    }

    @Test
    void aStepThatFailsDoesNotKeepTheOthersFromClosing() {
        shutdown.opened("one", () -> closed.add("one"));
        shutdown.opened("broken", () -> {
            throw new IllegalStateException("broken");
        });
        shutdown.opened("two", () -> closed.add("two"));
        shutdown.close();
        assertThat(closed).containsExactly("two", "one");
    }
}
