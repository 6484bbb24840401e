package io.plainsail.messaging.amqp;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Every thread of an AMQP transport, all daemons. For the process: one timer, and the threads that call listeners. For
 * each connection: one that opens it, the client's reader, and a writer. What the timer and the
 * openers are given after the end is dropped.
 */
final class AmqpThreads {
    private static final String PREFIX = "plainsail-amqp-";

    /** Runs what is due: acks, answers that did not come, heartbeats. INVARIANT: nothing on it waits for the broker. */
    final ScheduledExecutorService timer = scheduled("timer");

    /** Calls listeners. */
    final ExecutorService deliveries;

    /** Threads of the AMQP client, which names its reader itself, and the writers of the sockets. */
    final ThreadFactory connections = numbered("connection");

    AmqpThreads(int deliveryThreads) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                deliveryThreads,
                deliveryThreads,
                30,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                numbered("deliver"),
                (task, ended) -> task.run()); // the AMQP client waits for its last ones, which call no listener
        pool.allowCoreThreadTimeOut(true);
        this.deliveries = pool;
    }

    /** A thread that opens one connection and what lives on it. */
    ScheduledExecutorService opener(String connection) {
        return scheduled("open-" + connection);
    }

    private static ScheduledExecutorService scheduled(String name) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(
                1, task -> daemon(task, PREFIX + name), new ThreadPoolExecutor.DiscardPolicy());
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }

    private static ThreadFactory numbered(String name) {
        AtomicInteger number = new AtomicInteger();
        return task -> daemon(task, PREFIX + name + "-" + number.incrementAndGet());
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Runs each task on a thread of its own and waits for all of them, no longer than is given. */
    void together(List<Runnable> tasks, Duration limit) {
        List<Thread> running = tasks.stream().map(connections::newThread).toList();
        running.forEach(Thread::start);
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            for (Thread thread : running) {
                thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes no further tasks. INVARIANT: interrupts nothing; a listener may be inside an embedded database. */
    void end() {
        timer.shutdown();
        deliveries.shutdown();
    }
}
