package io.plainsail.worker.service;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Where a worker's threads are made. None of them keeps the JVM alive: {@link WorkerMain} does. */
final class WorkerThreads {
    private WorkerThreads() {}

    /** Threads named {@code <service>-<role>-<n>}. */
    static ThreadFactory named(String service, String role) {
        AtomicInteger count = new AtomicInteger();
        return body -> {
            Thread thread = new Thread(body, service + "-" + role + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    static ExecutorService pool(int size, String service, String role) {
        return Executors.newFixedThreadPool(size, named(service, role));
    }

    static void sleep(java.time.Duration time) {
        try {
            Thread.sleep(time.toMillis(), time.toNanosPart() % 1_000_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
