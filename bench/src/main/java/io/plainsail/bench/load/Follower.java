package io.plainsail.bench.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks the API for a job again and again until it shows the job as succeeded. Precise to about three milliseconds. Only a
 * few jobs are followed at a time, and one that comes while they are is not: the asking must not become a load.
 */
final class Follower {
    private static final int THREADS = 2;
    private static final long ASK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long GIVE_UP_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final byte[] SUCCEEDED = ResponseReader.ascii("\"state\":\"succeeded\"");
    private static final Followed END = new Followed("", 0);

    private final int port;
    private final Tally tally;
    private final SynchronousQueue<Followed> idle = new SynchronousQueue<>();
    private final List<Thread> threads = new ArrayList<>();

    private record Followed(String id, long due) {}

    Follower(int port, Tally tally) {
        this.port = port;
        this.tally = tally;
        for (int i = 0; i < THREADS; i++) {
            threads.add(new Thread(this::follow, "follow-" + i));
        }
    }

    void start() {
        threads.forEach(Thread::start);
    }

    /**
     * Follows the job if there is a thread to do so.
     *
     * @param due when the job was to be sent, by {@link System#nanoTime}
     */
    void follow(String id, long due) {
        idle.offer(new Followed(id, due));
    }

    /** Returns when every job that was to be followed has its outcome, or was given up. */
    void stop() throws InterruptedException {
        while (threads.stream().anyMatch(Thread::isAlive)) {
            idle.offer(END, 50, TimeUnit.MILLISECONDS);
        }
    }

    private void follow() {
        try (HttpConnection connection = HttpConnection.open(port)) {
            for (Followed job = idle.take(); !job.equals(END); job = idle.take()) {
                followOne(connection, job);
            }
        } catch (IOException e) {
            tally.failed("a connection was lost: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void followOne(HttpConnection connection, Followed job) throws IOException {
        byte[] request = HttpConnection.getRequest("/v1/jobs/" + job.id());
        long begun = System.nanoTime();
        while (connection.exchange(request) == 200) {
            long now = System.nanoTime();
            if (connection.response().bodyHas(SUCCEEDED)) {
                tally.outcomeSeen(now - job.due());
                return;
            }
            if (now - begun > GIVE_UP_NANOS) {
                break;
            }
            LockSupport.parkNanos(ASK_EVERY_NANOS);
        }
        tally.failed(
                "job " + job.id() + " did not succeed: " + connection.response().body());
    }
}
