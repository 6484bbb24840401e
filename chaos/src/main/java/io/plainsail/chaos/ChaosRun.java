package io.plainsail.chaos;

import io.plainsail.chaos.check.Evidence;
import io.plainsail.chaos.check.Run;
import io.plainsail.chaos.fault.Injection;
import io.plainsail.chaos.fault.Injector;
import io.plainsail.chaos.load.Leftovers;
import io.plainsail.chaos.load.Offer;
import io.plainsail.chaos.load.Watch;
import io.plainsail.chaos.subject.Cluster;
import io.plainsail.testbed.TestbedException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * One run:
 *
 * <ol>
 *   <li>load is offered at its rate, faults begin and end by the schedule, the outcomes are watched;
 *   <li>every fault is ended and whatever does not run is started;
 *   <li>wait until all jobs have ended, nothing is on its way any more, and their processes have ended.
 * </ol>
 */
final class ChaosRun {
    private static final int LOOK_EVERY_MILLIS = 5_000;
    private static final int READY_SECONDS = 90;

    private final Cluster cluster;
    private final ChaosOptions options;
    private final List<Injection> schedule;
    private final Offer offer;
    private final Watch watch;
    private final Leftovers leftovers = new Leftovers();

    ChaosRun(Cluster cluster, ChaosOptions options, List<Injection> schedule) {
        this.cluster = cluster;
        this.options = options;
        this.schedule = schedule;
        this.offer = new Offer(
                cluster.uri(), options.seed(), options.longOnes(), options.longMillis(), cluster.runsPrograms());
        this.watch = new Watch(cluster.uri());
    }

    Evidence run(PrintStream out) throws IOException, InterruptedException {
        try {
            return runAndDrain(out);
        } finally {
            leftovers.end(watch.jobs().keySet());
        }
    }

    private Evidence runAndDrain(PrintStream out) throws IOException, InterruptedException {
        awaitReady();
        long begunAt = System.currentTimeMillis();
        long endsAt = begunAt + options.seconds() * 1_000L;
        Injector injector = new Injector(cluster, schedule, begunAt, offer::sendPoison, out);
        CountDownLatch over = new CountDownLatch(1);
        Thread offering = daemon("offer", () -> offerAtRate(begunAt));
        Thread watching = daemon("watch", () -> watchUntil(over));
        try {
            while (System.currentTimeMillis() < endsAt || !injector.isOver()) {
                injector.step();
                Thread.sleep(100);
            }
        } finally {
            over.countDown();
        }
        offering.join();
        watching.join();
        watch.look();
        long healedAt = System.currentTimeMillis();
        injector.heal();
        offer.awaitAnswers();
        int drainSeconds = drain(injector, healedAt);
        awaitProcessesEnd();
        return new Evidence(
                offer.history(),
                Run.read(cluster.runs()),
                watch.jobs(),
                watch.ended(),
                watch.changed(),
                injector.happened(),
                injector.deaths(),
                leftovers.seen(),
                options.processSeconds() * 1_000L,
                begunAt,
                healedAt,
                drainSeconds,
                // Drained is drained: a mark that the facade sends each second is not to be caught by a second look.
                drainSeconds >= 0 ? 0 : surelyLeftInBroker(),
                drainSeconds >= 0 ? 0 : watch.outbox());
    }

    private void awaitReady() throws InterruptedException {
        long end = System.nanoTime() + READY_SECONDS * 1_000_000_000L;
        while (!watch.knows("chaos.work")
                || !watch.knows("chaos.ship")
                || (cluster.runsPrograms() && !watch.knows("exec.run"))) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("the cluster was not ready within " + READY_SECONDS + " s");
            }
            Thread.sleep(200);
        }
    }

    private void offerAtRate(long begunAt) {
        long count = (long) options.seconds() * options.rate();
        try {
            for (long i = 0; i < count; i++) {
                long due = begunAt + i * 1_000 / options.rate();
                long left = due - System.currentTimeMillis();
                if (left > 0) {
                    Thread.sleep(left);
                }
                offer.send();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Thread daemon(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void watchUntil(CountDownLatch over) {
        try {
            do {
                watch.look();
                leftovers.look(watch.ended());
            } while (!over.await(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException("the processes of this machine cannot be listed", e);
        }
    }

    /** Until none is left, or so long that the check finds it. */
    private void awaitProcessesEnd() throws IOException, InterruptedException {
        long end = System.currentTimeMillis() + options.processSeconds() * 1_000L + LOOK_EVERY_MILLIS;
        while (leftovers.look(watch.ended()) > 0 && System.currentTimeMillis() < end) {
            Thread.sleep(1_000);
        }
    }

    private int drain(Injector injector, long healedAt) throws InterruptedException {
        while (System.currentTimeMillis() - healedAt < options.drainSeconds() * 1_000L) {
            injector.restartEnded();
            if (watch.look() && watch.outbox() == 0 && leftInBroker() == 0) {
                return (int) ((System.currentTimeMillis() - healedAt) / 1_000);
            }
            Thread.sleep(1_000);
        }
        return -1;
    }

    /** The least of a few looks: the broker counts every five seconds, and may catch a mark of the facade on its way. */
    private int surelyLeftInBroker() throws InterruptedException {
        int least = leftInBroker();
        for (int looks = 1; looks < 3 && least != 0; looks++) {
            Thread.sleep(6_000);
            int left = leftInBroker();
            least = least < 0 || (left >= 0 && left < least) ? left : least;
        }
        return least;
    }

    private int leftInBroker() {
        try {
            return cluster.broker()
                    .rabbitmqctl("list_queues", "--quiet", "--no-table-headers", "messages")
                    .lines()
                    .map(String::strip)
                    .filter(line -> line.matches("[0-9]+"))
                    .mapToInt(Integer::parseInt)
                    .sum();
        } catch (TestbedException e) {
            return -1;
        }
    }
}
