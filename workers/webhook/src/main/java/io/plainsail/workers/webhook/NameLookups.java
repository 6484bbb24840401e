package io.plainsail.workers.webhook;

import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.MDC;

/**
 * Looks names up on threads of its own: a look-up cannot be interrupted, the wait for it can. One that a name server
 * leaves unanswered holds its thread, and no caller. Thread-safe.
 */
final class NameLookups implements AutoCloseable {
    private final GuardedDnsResolver names;
    private final ThreadPoolExecutor threads;
    private final Duration threadWait;

    /**
     * Starts no thread yet.
     *
     * @param most look-ups at a time
     * @param threadWait how long one more waits for another to end
     */
    NameLookups(GuardedDnsResolver names, int most, Duration threadWait) {
        this.names = names;
        this.threads = threads(most);
        this.threadWait = threadWait;
    }

    /**
     * The checked addresses of a host.
     *
     * @throws SocketTimeoutException if they did not come in time
     * @throws TooManyRequestsException if all threads are held by other look-ups
     * @throws IOException if there are none, or a forbidden one
     */
    List<InetAddress> addresses(String host, Duration within) throws IOException, InterruptedException {
        long end = System.nanoTime() + within.toNanos();
        FutureTask<List<InetAddress>> task = new FutureTask<>(withLogContext(() -> names.resolve(host)));
        start(task, end);
        try {
            return task.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new SocketTimeoutException("no address");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IllegalStateException("the look-up of a name failed", e.getCause());
        }
    }

    /** Look-ups that run end by themselves, on daemon threads. */
    @Override
    public void close() {
        threads.shutdownNow();
    }

    /** A thread that has just handed over its answer is free in a moment: wait for it rather than refuse. */
    private void start(FutureTask<?> task, long end) throws TooManyRequestsException, InterruptedException {
        try {
            threads.execute(task);
        } catch (RejectedExecutionException e) {
            long wait = Math.min(threadWait.toNanos(), end - System.nanoTime());
            if (!threads.getQueue().offer(task, wait, TimeUnit.NANOSECONDS)) {
                throw new TooManyRequestsException(threads.getMaximumPoolSize(), e);
            }
        }
    }

    /** What is logged on the other thread names the job as well. */
    private static <T> Callable<T> withLogContext(Callable<T> work) {
        Map<String, String> context = MDC.getCopyOfContextMap();
        if (context == null) {
            return work;
        }
        return () -> {
            MDC.setContextMap(context);
            try {
                return work.call();
            } finally {
                MDC.clear();
            }
        };
    }

    private static ThreadPoolExecutor threads(int most) {
        AtomicInteger count = new AtomicInteger();
        return new ThreadPoolExecutor(0, most, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
            Thread thread = new Thread(work, "webhook-names-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }
}
