package io.plainsail.bench.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Each connection sends its next request when the last is answered, and when the backlog has room for it. */
final class ClosedLoop implements Load {
    private static final byte[] ACCEPTED = ResponseReader.ascii("\"accepted\":");
    private static final long PAUSE_AFTER_REFUSAL_MILLIS = 20;

    private final Target target;
    private final byte[] request;
    private final Tally tally;
    private final Backlog backlog;
    private final List<Thread> threads = new ArrayList<>();

    private volatile boolean stopped;

    ClosedLoop(Target target, Tally tally, Backlog backlog) {
        this.target = target;
        this.request = (target.single()
                        ? JobRequest.single(target.path())
                        : JobRequest.bulk(target.path(), target.jobsPerRequest()))
                .bytes();
        this.tally = tally;
        this.backlog = backlog;
        for (int i = 0; i < target.connections(); i++) {
            threads.add(new Thread(this::send, "load-" + i));
        }
    }

    @Override
    public void start() {
        threads.forEach(Thread::start);
    }

    @Override
    public void stop() throws InterruptedException {
        stopped = true;
        threads.forEach(Thread::interrupt); // those that wait for room
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void send() {
        try (HttpConnection connection = HttpConnection.open(target.port())) {
            while (!stopped) {
                backlog.enter(target.jobsPerRequest());
                sendOne(connection);
            }
        } catch (IOException e) {
            tally.failed("a connection was lost: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sendOne(HttpConnection connection) throws IOException, InterruptedException {
        long sent = System.nanoTime();
        int status = connection.exchange(request);
        long nanos = System.nanoTime() - sent;
        if (status == target.expectedStatus()) {
            long accepted =
                    target.single() ? 1 : Math.max(0, connection.response().numberAfter(ACCEPTED));
            tally.accepted(accepted, nanos);
            if (accepted != target.jobsPerRequest()) {
                tally.failed(connection.response().body());
            }
            return;
        }
        backlog.withdraw(target.jobsPerRequest());
        if (status == 429 || status == 503) {
            tally.refused();
            Thread.sleep(PAUSE_AFTER_REFUSAL_MILLIS);
        } else {
            tally.failed(status + " " + connection.response().body());
        }
    }
}
