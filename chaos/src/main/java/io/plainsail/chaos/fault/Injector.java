package io.plainsail.chaos.fault;

import io.plainsail.chaos.subject.Cluster;
import io.plainsail.chaos.subject.Link;
import io.plainsail.testbed.JavaProcess;
import io.plainsail.testbed.TestbedException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Lets faults happen and ends them, on one thread. Like a service manager it starts again what ended by itself.
 */
public final class Injector {
    private static final int THE_FACADE = -1;
    private static final int THE_STORE = -2;
    /** How often all connections are closed while that fault lasts. */
    public static final int CLOSE_EVERY_MILLIS = 2_000;

    private static final int LATE_MILLIS = 300;

    private final Cluster cluster;
    private final List<Injection> waiting;
    private final Runnable poison;
    private final PrintStream out;
    private final Map<Injection, Integer> going = new LinkedHashMap<>();
    private final Set<Injection> frozen = new HashSet<>();
    private final Set<Injection> purged = new HashSet<>();
    private final List<Injection> happened = new ArrayList<>();
    private final long begunAt;
    /** Those processes of workers that ended, or stood still, and when. */
    private final List<Death> deaths = new ArrayList<>();

    /** Processes that end because they were told to. */
    private final Set<Long> toldToEnd = new HashSet<>();

    /** Workers by their number, the facade and the store, that must not be started before their fault is over. */
    private final Set<Integer> heldDown = new HashSet<>();

    private long closedAt;

    /**
     * A worker's process that ended without a word, or that stood still.
     *
     * @param at when: milliseconds of this machine's clock
     * @param seen whether the broker sees it: its connection ends at once
     */
    public record Death(long process, long at, boolean seen) {}

    /**
     * @param begunAt when the load began: milliseconds of this machine's clock
     * @param poison submits a job that ends its workers
     * @param out told what happens
     */
    public Injector(Cluster cluster, List<Injection> schedule, long begunAt, Runnable poison, PrintStream out) {
        this.cluster = cluster;
        this.begunAt = begunAt;
        this.waiting = new ArrayList<>(schedule);
        this.poison = poison;
        this.out = out;
    }

    /** Begins and ends what is due. */
    public void step() {
        for (Injection injection : List.copyOf(going.keySet())) {
            if (injection.fault() == Fault.CONNECTIONS_CLOSED && now() - closedAt >= CLOSE_EVERY_MILLIS) {
                closeConnections();
            }
            if (injection.fault() == Fault.STORE_DISK_FULL && cluster.storeDisk() != null) {
                // What the server frees by itself is not to help it.
                cluster.storeDisk().fill();
            }
            if (now() >= injection.endMillis()) {
                end(injection);
            }
        }
        while (!waiting.isEmpty() && waiting.get(0).atMillis() <= now()) {
            Injection injection = waiting.remove(0);
            out.println("now " + injection);
            going.put(injection, now());
            begin(injection);
        }
        restartEnded();
    }

    /** Whether there is nothing more to come, and all is over. */
    public boolean isOver() {
        return waiting.isEmpty() && going.isEmpty();
    }

    /** What took place, at the times at which it did: a failpoint that nobody passed did not. */
    public List<Injection> happened() {
        return List.copyOf(happened);
    }

    /** Which workers' processes died, or stood still, whatever the reason. */
    public List<Death> deaths() {
        return List.copyOf(deaths);
    }

    private int now() {
        return (int) (System.currentTimeMillis() - begunAt);
    }

    /** Ends every fault, and starts whatever does not run. */
    public void heal() {
        waiting.clear();
        List.copyOf(going.keySet()).forEach(this::end);
        restartEnded();
    }

    /** Starts what ended by itself, as a service manager does. */
    public void restartEnded() {
        for (int i = 0; i < cluster.workers().size(); i++) {
            JavaProcess worker = cluster.workers().get(i);
            if (!worker.isAlive() && !heldDown.contains(i)) {
                died(worker);
                worker.restart();
            }
        }
        if (!cluster.facade().isAlive() && !heldDown.contains(THE_FACADE)) {
            cluster.facade().restart();
        }
        if (cluster.hasPostgres() && !cluster.postgres().isAlive() && !heldDown.contains(THE_STORE)) {
            cluster.postgres().start();
        }
    }

    /** As far as it is known: it may have been a moment ago. */
    private void died(JavaProcess worker) {
        boolean known = toldToEnd.contains(worker.pid())
                || deaths.stream().anyMatch(death -> death.seen() && death.process() == worker.pid());
        if (!known) {
            deaths.add(new Death(worker.pid(), System.currentTimeMillis(), true));
        }
    }

    private void begin(Injection injection) {
        JavaProcess worker = cluster.workers().get(injection.worker());
        switch (injection.fault()) {
            case FACADE_KILL -> {
                heldDown.add(THE_FACADE);
                cluster.facade().kill();
            }
            case WORKER_KILL -> {
                heldDown.add(injection.worker());
                worker.kill();
                died(worker);
            }
            case WORKER_RESTART -> {
                heldDown.add(injection.worker());
                toldToEnd.add(worker.pid());
                ProcessHandle.of(worker.pid()).ifPresent(ProcessHandle::destroy);
            }
            case BROKER_KILL -> {
                flushDeclarations();
                cluster.broker().kill();
            }
            case STORE_KILL -> {
                heldDown.add(THE_STORE);
                cluster.postgres().kill();
            }
            case STORE_DISK_FULL -> {
                // It may end by it. A service manager that starts it again has no success meanwhile.
                heldDown.add(THE_STORE);
                if (cluster.storeDisk() != null) {
                    cluster.storeDisk().fill();
                }
            }
            case WORKER_FREEZE, WORKER_FREEZE_LONG -> {
                freeze(injection, worker);
                if (worker.isAlive()) {
                    deaths.add(new Death(worker.pid(), System.currentTimeMillis(), false));
                }
            }
            case FACADE_FREEZE -> freeze(injection, cluster.facade());
            case CONNECTIONS_CLOSED -> closeConnections();
            case MEMORY_ALARM -> control("set_vm_memory_high_watermark", "0.00001");
            case DISK_ALARM -> control("set_disk_free_limit", "1000000000000000");
            case BINDING_DELETED ->
                control(
                        "eval",
                        "rabbit_binding:remove({binding, rabbit_misc:r(<<\"/\">>, exchange, <<\"plainsail.jobs\">>),"
                                + " <<\"chaos.work.v1\">>, rabbit_misc:r(<<\"/\">>, queue,"
                                + " <<\"plainsail.jobs.chaos.work.v1\">>), []}, <<\"chaos\">>).");
            case QUEUE_PURGED -> purge(injection);
            case POISON -> poison.run();
            case FACADE_BROKER_CUT, FACADE_STORE_CUT, WORKER_BROKER_CUT, WORKER_FACADE_CUT -> cut(injection, true);
            case DELAY -> cluster.links().forEach(link -> link.slow(LATE_MILLIS));
            case DISK_FULL -> limitFiles("1:");
            case FACADE_CLOCK_STEP, WORKER_CLOCK_STEP -> write(clock(injection), injection.variant());
            default -> write(failpoint(injection), injection.variant());
        }
    }

    private void end(Injection injection) {
        Integer begun = going.remove(injection);
        boolean took = undo(injection);
        if (begun != null && took) {
            happened.add(
                    new Injection(injection.fault(), begun, now() - begun, injection.worker(), injection.variant()));
        }
    }

    /** Ends it; false if it did not take place. */
    private boolean undo(Injection injection) {
        JavaProcess worker = cluster.workers().get(injection.worker());
        switch (injection.fault()) {
            case FACADE_KILL -> {
                heldDown.remove(THE_FACADE);
                cluster.facade().restart();
            }
            case WORKER_KILL -> {
                heldDown.remove(injection.worker());
                worker.restart();
            }
            case WORKER_RESTART -> heldDown.remove(injection.worker());
            case BROKER_KILL -> cluster.broker().start();
            case STORE_KILL -> {
                heldDown.remove(THE_STORE);
                cluster.postgres().start();
            }
            case STORE_DISK_FULL -> {
                heldDown.remove(THE_STORE);
                if (cluster.storeDisk() == null) {
                    return false;
                }
                cluster.storeDisk().empty();
                cluster.postgres().start();
            }
            case WORKER_FREEZE, WORKER_FREEZE_LONG -> {
                return thaw(injection, worker);
            }
            case FACADE_FREEZE -> {
                return thaw(injection, cluster.facade());
            }
            case MEMORY_ALARM -> control("set_vm_memory_high_watermark", "0.4");
            case DISK_ALARM -> control("set_disk_free_limit", "50MB");
            // Whoever connects makes its queue and its binding.
            case BINDING_DELETED -> control("close_all_connections", "chaos");
            case QUEUE_PURGED -> {
                return purged.remove(injection);
            }
            case CONNECTIONS_CLOSED, POISON -> {
                // Over when it is over.
            }
            case FACADE_BROKER_CUT, FACADE_STORE_CUT, WORKER_BROKER_CUT, WORKER_FACADE_CUT -> cut(injection, false);
            case DELAY -> cluster.links().forEach(link -> link.slow(0));
            case DISK_FULL -> limitFiles("unlimited:");
            case FACADE_CLOCK_STEP, WORKER_CLOCK_STEP -> delete(clock(injection));
            default -> {
                return !delete(failpoint(injection));
            }
        }
        return true;
    }

    /** A broker that cannot be asked is killed all the same: its queues were declared long before, unless it just began. */
    private void flushDeclarations() {
        try {
            cluster.broker().flushDeclarations();
        } catch (TestbedException e) {
            out.println("the broker is killed as it is: " + e.getMessage());
        }
    }

    private void closeConnections() {
        closedAt = now();
        control("close_all_connections", "chaos");
    }

    private void cut(Injection injection, boolean now) {
        List<Link> links =
                cluster.links(Objects.requireNonNull(injection.fault().way()));
        if (injection.fault().part() == Fault.Part.WORKER) {
            links.get(injection.worker()).cut(now);
        } else {
            links.forEach(link -> link.cut(now));
        }
    }

    /** Sets the soft limit of the size up to which the facade may write its files. */
    private void limitFiles(String limit) {
        try {
            int status = new ProcessBuilder(
                            "prlimit", "--pid", Long.toString(cluster.facade().pid()), "--fsize=" + limit)
                    .inheritIO()
                    .start()
                    .waitFor();
            if (status != 0 && cluster.facade().isAlive()) {
                throw new IllegalStateException("prlimit failed with status " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Path clock(Injection injection) {
        return injection.fault().part() == Fault.Part.FACADE
                ? cluster.facadeClock()
                : cluster.workerClock(injection.worker());
    }

    private Path failpoint(Injection injection) {
        Path directory = injection.fault().part() == Fault.Part.FACADE
                ? cluster.facadeFailpoints()
                : cluster.workerFailpoints(injection.worker());
        return directory.resolve(
                Objects.requireNonNull(injection.fault().failpoint()).word());
    }

    /** Whole or not at all: somebody looks for it all the time. */
    private static void write(Path file, String text) {
        try {
            Path whole = Files.writeString(file.resolveSibling(file.getFileName() + ".new"), text);
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean delete(Path file) {
        try {
            return Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Workers hold all that there is: their connections go first, so that it comes back, and they are not yet there again. */
    private void purge(Injection injection) {
        String counted = control("eval", """
                Purge = fun(Name) ->
                    case rabbit_amqqueue:lookup(rabbit_misc:r(<<"/">>, queue, Name)) of
                        {ok, Queue} -> {ok, Count} = rabbit_amqqueue:purge(Queue), Count;
                        _ -> 0
                    end
                end,
                [rabbit_networking:close_connection(Pid, "chaos") || Pid <- rabbit_networking:connections()],
                timer:sleep(150),
                lists:sum([Purge(Name) || Name <- [<<"plainsail.jobs.chaos.work.v1">>, <<"plainsail.delay.1s">>,
                    <<"plainsail.delay.3s">>, <<"plainsail.delay.10s">>]]).""");
        out.println("purged messages: " + counted.strip());
        if (!counted.isBlank() && !counted.strip().equals("0")) {
            purged.add(injection);
        }
    }

    private void freeze(Injection injection, JavaProcess process) {
        if (process.isAlive()) {
            process.freeze();
            frozen.add(injection);
        }
    }

    /** False if it had ended before, and never stood still. */
    private boolean thaw(Injection injection, JavaProcess process) {
        if (process.isAlive()) {
            process.thaw();
        }
        return frozen.remove(injection);
    }

    /** Returns what the broker says; nothing if it cannot be asked. */
    private String control(String... command) {
        try {
            return cluster.broker().rabbitmqctl(command);
        } catch (TestbedException e) {
            out.println("rabbitmqctl " + command[0] + ": " + e.getMessage());
            return "";
        }
    }
}
