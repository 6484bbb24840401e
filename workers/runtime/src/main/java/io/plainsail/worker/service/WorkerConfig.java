package io.plainsail.worker.service;

import io.plainsail.contracts.Contract;
import io.plainsail.messaging.amqp.AmqpConfig;
import io.plainsail.messaging.tls.PemFiles;
import io.plainsail.messaging.trace.TracingConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Configuration that every worker service has; what the handler needs is its own record, the {@code handler:} part of
 * the file. {@code worker-defaults.yml} beside this class holds every default and the environment variables that change
 * them.
 *
 * @param release version of the service; empty: the {@code Implementation-Version} of the jar that the first handler
 *     came from, or {@code dev}
 * @param facadeUrl where result files are delivered
 * @param facadeKey API key with the role worker, where the facade asks for keys; empty: none
 * @param facadeCaFile the authorities, in PEM, of which one must have signed the facade's certificate where it serves
 *     https; empty: those that Java trusts
 * @param amqp the broker
 * @param attempts how jobs are run
 * @param events how events are reported
 * @param tracing where traces go; default nowhere
 * @param drainGrace how long running handlers may go on after SIGTERM. Longer wastes less work and slows rollouts; the
 *     service manager's own stop timeout must be longer than the three drain bounds together. 0 s to 24 h, default 30 s
 * @param drainHandBack how long an attempt that was interrupted by the drain may take to end before its job is handed
 *     back all the same. 0 s to 1 min, default 2 s
 * @param drainFlush how long events may wait for the broker's confirm at the end; jobs whose outcome is not confirmed
 *     by then run again. 0 s to 5 min, default 10 s
 * @param admin health and metrics over HTTP
 * @param logFormat default plain
 * @param logLevel {@code error}, {@code warn}, {@code info}, {@code debug}; default info
 */
public record WorkerConfig(
        String release,
        URI facadeUrl,
        Secret facadeKey,
        String facadeCaFile,
        Amqp amqp,
        Attempts attempts,
        Events events,
        TracingConfig tracing,
        Duration drainGrace,
        Duration drainHandBack,
        Duration drainFlush,
        Admin admin,
        LogFormat logFormat,
        String logLevel) {

    /**
     * @param uri {@code amqp://user:password@host:port/vhost}, or {@code amqps:}, the nodes of a cluster separated by
     *     commas; not looked at where the transport is given. Default {@code amqp://guest:guest@127.0.0.1:5672/%2f}
     * @param caFile the authorities, in PEM, of which one must have signed the broker's certificate, for {@code amqps:};
     *     read anew for each connection; empty: those that Java trusts
     */
    public record Amqp(Secret uri, String caFile) {
        public Amqp {
            config(uri, caFile, "check");
        }

        /** How to reach the broker, as a connection of this name. */
        AmqpConfig config(String connectionName) {
            return config(uri, caFile, connectionName);
        }

        private static AmqpConfig config(Secret uri, String caFile, String connectionName) {
            return AmqpConfig.of(uri.value(), connectionName).trusting(Path.of(caFile));
        }
    }

    /**
     * @param concurrency handlers that run at a time in this process, over all its job types; 0: twice the cores. More
     *     helps handlers that wait, less those that compute. 0 to 1,000, default 0
     * @param prefetch messages of one job type that are held unacknowledged. More is faster; what one instance holds,
     *     another cannot take. 0 chooses by the contract: 200, or what a quarter of the heap holds of the largest inputs
     *     if that is less; and only twice the concurrency for types whose timeout is over 2 minutes, so that long jobs
     *     spread over the instances; never less than that. 0 to 10,000, default 0
     * @param abandonGrace how long an attempt may ignore the interrupt at its deadline before it is reported as timed
     *     out and its thread is given up and replaced. 0 s to 10 min, default 5 s
     * @param heartbeatEvery how often a running attempt says that it still runs; more often if that is not three times in
     *     the facade's lease, which it tells. 100 ms to 10 min, default 10 s
     * @param checkEvery how often the facade is asked what is not wanted any more: cancelled jobs stop within that time.
     *     100 ms to 30 s, default 1 s
     * @param maxAbandoned threads given up and still running, at most; past that threads are not replaced and the
     *     process reports itself unhealthy. 0 to 1,000, default 16
     * @param maxLogLines lines of one attempt's log, at most; 0 to 100,000, default 2,000
     * @param maxLogBytes bytes of one attempt's log, at most; 0 to 16 MiB, default 256 KiB
     * @param inlineBytes a result file up to this size travels in the outcome, a larger one is delivered to the facade
     *     before. 0 to 1 MiB, default 32 KiB
     * @param maxOutputBytes JSON output larger than this fails the attempt, whatever the contract allows: it travels in
     *     one event. 1 KiB to 6 MiB, default 4 MiB
     */
    public record Attempts(
            int concurrency,
            int prefetch,
            Duration abandonGrace,
            Duration heartbeatEvery,
            Duration checkEvery,
            int maxAbandoned,
            int maxLogLines,
            int maxLogBytes,
            int inlineBytes,
            int maxOutputBytes) {
        public Attempts {
            between("concurrency", concurrency, 0, 1_000, 0);
            between("prefetch", prefetch, 0, 10_000, 0);
            between("abandonGrace", abandonGrace, Duration.ZERO, Duration.ofMinutes(10), Duration.ofSeconds(5));
            between(
                    "heartbeatEvery",
                    heartbeatEvery,
                    Duration.ofMillis(100),
                    Duration.ofMinutes(10),
                    Duration.ofSeconds(10));
            between("checkEvery", checkEvery, Duration.ofMillis(100), Duration.ofSeconds(30), Duration.ofSeconds(1));
            between("maxAbandoned", maxAbandoned, 0, 1_000, 16);
            between("maxLogLines", maxLogLines, 0, 100_000, 2_000);
            between("maxLogBytes", maxLogBytes, 0, 16 * 1024 * 1024, 256 * 1024);
            between("inlineBytes", inlineBytes, 0, 1024 * 1024, 32 * 1024);
            between("maxOutputBytes", maxOutputBytes, 1024, 6 * 1024 * 1024, 4 * 1024 * 1024);
        }

        /** The number of lanes that {@code concurrency} means on this machine. */
        int lanes() {
            return concurrency > 0 ? concurrency : 2 * Runtime.getRuntime().availableProcessors();
        }
    }

    /**
     * @param flushInterval how long an event waits for others to share a message with. Longer costs latency and saves
     *     messages. 0 s to 1 s, default 5 ms
     * @param flushEvents events that are sent at once without waiting; 1 to 10,000, default 500
     * @param flushBytes estimated size that is sent at once without waiting; 1 KiB to 1 MiB, default 256 KiB
     * @param maxSpareEvents log, progress and start events that wait for the broker, at most; what exceeds it is dropped
     *     and counted. Outcomes are never dropped: their number is bounded by the prefetch. 100 to 1,000,000, default
     *     20,000
     * @param maxSpareBytes estimated size of the same; 64 KiB to 1 GiB, default 8 MiB
     * @param announceEvery how often the contracts are announced again; 1 s to 1 h, default 30 s
     */
    public record Events(
            Duration flushInterval,
            int flushEvents,
            int flushBytes,
            int maxSpareEvents,
            int maxSpareBytes,
            Duration announceEvery) {
        public Events {
            between("flushInterval", flushInterval, Duration.ZERO, Duration.ofSeconds(1), Duration.ofMillis(5));
            between("flushEvents", flushEvents, 1, 10_000, 500);
            between("flushBytes", flushBytes, 1024, 1024 * 1024, 256 * 1024);
            between("maxSpareEvents", maxSpareEvents, 100, 1_000_000, 20_000);
            between("maxSpareBytes", maxSpareBytes, 64 * 1024, 1024 * 1024 * 1024, 8 * 1024 * 1024);
            between("announceEvery", announceEvery, Duration.ofSeconds(1), Duration.ofHours(1), Duration.ofSeconds(30));
        }
    }

    /**
     * @param host address to listen on; default loopback
     * @param port 0: any free one, told in the log; -1: none. Default 0
     */
    public record Admin(String host, int port) {
        public Admin {
            check(!host.isBlank(), "host", host, "an address of this machine", "127.0.0.1");
            between("port", port, -1, 65_535, 0);
        }
    }

    public WorkerConfig {
        String scheme = String.valueOf(facadeUrl.getScheme());
        check(
                (scheme.equals("http") || scheme.equals("https")) && facadeUrl.getHost() != null,
                "facadeUrl",
                facadeUrl,
                "an http: or https: URL",
                "http://127.0.0.1:8080");
        if (!facadeCaFile.isEmpty()) {
            PemFiles.trusting(Path.of(facadeCaFile));
        }
        // Not its value: it is a secret.
        check(
                facadeKey.value().chars().allMatch(c -> c > ' ' && c < 127),
                "facadeKey",
                facadeKey,
                "an API key, without spaces",
                "");
        check(release.length() <= 100, "release", release, "at most 100 characters long", "");
        between("drainGrace", drainGrace, Duration.ZERO, Duration.ofHours(24), Duration.ofSeconds(30));
        between("drainHandBack", drainHandBack, Duration.ZERO, Duration.ofMinutes(1), Duration.ofSeconds(2));
        between("drainFlush", drainFlush, Duration.ZERO, Duration.ofMinutes(5), Duration.ofSeconds(10));
        check(
                Set.of("error", "warn", "info", "debug").contains(logLevel),
                "logLevel",
                logLevel,
                "error, warn, info or debug",
                "info");
    }

    /** Whom to trust as the facade; null for those that Java trusts. */
    @Nullable
    Path facadeAuthorities() {
        return facadeCaFile.isEmpty() ? null : Path.of(facadeCaFile);
    }

    /** The defaults, changed by what this process's environment says. */
    public static WorkerConfig defaults() {
        return defaults(System.getenv());
    }

    /** The defaults, changed by what this environment says; an empty one leaves them as they are. */
    public static WorkerConfig defaults(Map<String, String> environment) {
        return ConfigFile.defaults(NoHandlerConfig.class, environment).worker();
    }

    /** The defaults changed by these settings, by their dotted names, such as {@code attempts.concurrency}. */
    public static WorkerConfig with(Map<String, String> settings) {
        return ConfigFile.with(settings, System.getenv());
    }

    /**
     * The prefetch for a job type, chosen by its contract unless configured: a quarter of the heap holds that many of its
     * largest inputs, and the lanes have two each all the same.
     */
    int prefetchFor(Contract contract, long heapBytes) {
        if (attempts.prefetch > 0) {
            return attempts.prefetch;
        }
        boolean longRunning = contract.timeout().compareTo(Duration.ofMinutes(2)) > 0;
        long fitting = heapBytes / 4 / Math.max(1, contract.maxInputBytes());
        return (int) Math.max(2L * attempts.lanes(), longRunning ? 1 : Math.min(200, fitting));
    }

    private static void between(String field, int value, int least, int most, int standard) {
        check(value >= least && value <= most, field, value, least + " to " + most, standard);
    }

    private static void between(String field, Duration value, Duration least, Duration most, Duration standard) {
        boolean fits = value.compareTo(least) >= 0 && value.compareTo(most) <= 0;
        check(fits, field, value, least + " to " + most, standard);
    }

    private static void check(boolean fits, String field, Object value, String rule, Object standard) {
        if (!fits) {
            throw new IllegalArgumentException(
                    field + " is " + value + ": must be " + rule + " (default " + standard + ")");
        }
    }
}
