package io.plainsail.worker.service;

/**
 * A moment's view of a worker process.
 *
 * @param alive false if it can no longer do its work and should be restarted
 * @param ready whether it takes jobs now
 * @param detail for people: why not, if so
 */
public record WorkerHealth(boolean alive, boolean ready, String detail) {}
