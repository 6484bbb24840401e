package io.plainsail.worker.service;

import java.util.ArrayDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one owner of what must be closed: last opened, first closed. A step that fails is told and the next one follows.
 * Thread-safe; closing again waits for the first call and does nothing.
 */
final class Shutdown implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

    private record Step(String name, AutoCloseable close) {}

    private final ArrayDeque<Step> steps = new ArrayDeque<>(); // Guarded by this.

    synchronized <T extends AutoCloseable> T opened(String name, T resource) {
        steps.push(new Step(name, resource));
        return resource;
    }

    @Override
    public synchronized void close() {
        for (Step step = steps.poll(); step != null; step = steps.poll()) {
            try {
                step.close().close();
            } catch (Exception e) {
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                LOG.warn("{} could not be closed; going on with the rest", step.name(), e);
            }
        }
    }
}
