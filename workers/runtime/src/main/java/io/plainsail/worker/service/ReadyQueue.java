package io.plainsail.worker.service;

import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Delivery;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries that wait for a lane. Each job type has its own line and the lines take turns, so that a type with many
 * messages does not keep the others waiting. Bounded by the prefetch of the subscriptions. Thread-safe.
 */
final class ReadyQueue {

    /**
     * A delivery.
     *
     * @param type whose queue it came from
     * @param arrived when this process had it
     */
    record Work(HandledType type, Delivery delivery, WorkerTime.Moment arrived) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ready = lock.newCondition();

    // Guarded by lock.
    private final List<ArrayDeque<Work>> lines = new ArrayList<>();
    private int next;
    private int waiting;
    private int idleTakers;
    private boolean closed;

    ReadyQueue(int lines) {
        for (int i = 0; i < lines; i++) {
            this.lines.add(new ArrayDeque<>());
        }
    }

    /**
     * Puts work at the end of a line, or into the place of an earlier delivery of the same message that still waits there:
     * the connection that one came by was lost, and running it would be for nothing.
     *
     * @return false if the queue is closed: the work stays the caller's
     */
    boolean offer(int line, Work work) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            if (work.delivery().redelivered() && replaced(lines.get(line), work)) {
                return true;
            }
            lines.get(line).add(work);
            waiting++;
            if (idleTakers > 0) {
                ready.signal();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for work; null once the queue is closed. Not ended by an interrupt, which is cleared. */
    @Nullable
    Work take() {
        lock.lock();
        try {
            while (waiting == 0 && !closed) {
                idleTakers++;
                try {
                    ready.await();
                } catch (InterruptedException late) {
                    // A handler's own doing, seen here: a lane ends when the queue is closed.
                } finally {
                    idleTakers--;
                }
            }
            return closed ? null : poll();
        } finally {
            lock.unlock();
        }
    }

    /** Closes the queue and gives out what nobody took. Takers return. */
    List<Work> close() {
        lock.lock();
        try {
            closed = true;
            ready.signalAll();
            return empty();
        } finally {
            lock.unlock();
        }
    }

    /** Gives out what nobody took; the queue stays open. */
    List<Work> empty() {
        lock.lock();
        try {
            List<Work> rest = new ArrayList<>(waiting);
            lines.forEach(line -> {
                rest.addAll(line);
                line.clear();
            });
            waiting = 0;
            return rest;
        } finally {
            lock.unlock();
        }
    }

    /** Gives out what nobody took of one line; the queue stays open. */
    List<Work> empty(int line) {
        lock.lock();
        try {
            List<Work> rest = new ArrayList<>(lines.get(line));
            lines.get(line).clear();
            waiting -= rest.size();
            return rest;
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    private static boolean replaced(ArrayDeque<Work> line, Work work) {
        boolean found = false;
        for (int i = line.size(); i > 0; i--) {
            Work waiting = line.remove();
            boolean same = !found
                    && isSame(waiting.delivery().message(), work.delivery().message());
            if (same) {
                // Lost: does nothing. If it was a second copy all the same, one of the two is enough.
                waiting.delivery().ack();
                found = true;
            }
            line.add(same ? work : waiting);
        }
        return found;
    }

    /** The headers hold job, attempt and token. */
    private static boolean isSame(Message one, Message other) {
        return one.headers().equals(other.headers()) && Arrays.equals(one.body(), other.body());
    }

    private Work poll() {
        while (true) {
            ArrayDeque<Work> line = lines.get(next);
            next = (next + 1) % lines.size();
            Work work = line.poll();
            if (work != null) {
                waiting--;
                return work;
            }
        }
    }
}
