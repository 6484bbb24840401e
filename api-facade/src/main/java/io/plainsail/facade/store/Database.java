package io.plainsail.facade.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import com.zaxxer.hikari.SQLExceptionOverride;
import io.plainsail.facade.job.OverloadedException;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.h2.api.ErrorCode;
import org.h2.mvstore.MVStoreException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jspecify.annotations.Nullable;

/**
 * The connection pool, and the ways to use it: {@link #read}, {@link #write} and {@link #writeSoon}. Thread-safe.
 *
 * <p>INVARIANT: when {@link #write} returns, the transaction survives a power failure. PostgreSQL promises that with
 * {@code synchronous_commit=on}, which is set on each connection. H2 writes a commit to its file at once with
 * {@code WRITE_DELAY=0}, and {@code CHECKPOINT SYNC} forces the file to the disk; who commits meanwhile shares the next
 * one.
 *
 * <p>INVARIANT: no failure of the disk outlives its cause. H2 closes its file when it cannot write, and opens it again for
 * the next new connection; those that it had take themselves for alive, and are thrown out of the pool here.
 *
 * <p>INVARIANT: an interrupt never reaches H2. It would close the file under everybody's feet, so its calls run on
 * threads of their own, which nobody interrupts.
 */
public final class Database implements AutoCloseable {
    /**
     * SQL states by class: connection, rollback (a deadlock, to be tried again), insufficient resources, operator
     * intervention, system error, H2's own.
     */
    private static final Set<String> UNAVAILABLE = Set.of("08", "40", "53", "57", "58", "90");

    /**
     * Every statement over a table that grows has an index to go by. Left to itself, PostgreSQL keeps the plan it made
     * while a table was small, and walks through all of it when it is large, until its statistics are renewed. A walk that
     * is forbidden counts as so costly that it would be compiled and shared out: for small tables alone, so neither helps.
     */
    private static final String POSTGRESQL_SESSION = "set synchronous_commit = on; set enable_seqscan = off;"
            + " set jit = off; set max_parallel_workers_per_gather = 0";

    private static final int SURVEY_PATIENCE_SECONDS = 5;
    private static final int SURVEY_SECONDS = 20;

    /** H2's error codes; PostgreSQL has none. */
    private static final Set<Integer> CLOSED_FILE = Set.of(
            ErrorCode.DATABASE_IS_CLOSED,
            ErrorCode.DATABASE_CALLED_AT_SHUTDOWN,
            ErrorCode.CONNECTION_BROKEN_1,
            ErrorCode.OBJECT_CLOSED,
            ErrorCode.IO_EXCEPTION_1,
            ErrorCode.IO_EXCEPTION_2);

    private final Dialect dialect;
    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final @Nullable ThreadPoolExecutor ownThreads;
    private final SharedSync syncs = new SharedSync();

    /** Of H2's transactions alone. */
    private final ChangeStamps stamps;

    private final Semaphore surveys;

    private Database(
            Dialect dialect,
            HikariDataSource pool,
            Jdbi jdbi,
            @Nullable ThreadPoolExecutor ownThreads,
            ChangeStamps stamps) {
        this.surveys = new Semaphore(Math.max(1, pool.getMaximumPoolSize() / 2), true);
        this.dialect = dialect;
        this.pool = pool;
        this.jdbi = jdbi;
        this.ownThreads = ownThreads;
        this.stamps = stamps;
    }

    /**
     * Connects and brings the tables up to date.
     *
     * @throws StoreUnavailableException if the database cannot be reached, or another process has the H2 file
     */
    public static Database open(StoreConfig config) {
        Dialect dialect = config.dialect();
        HikariConfig hikari = new HikariConfig();
        hikari.setPoolName("store");
        hikari.setMaximumPoolSize(config.poolSize());
        hikari.setMinimumIdle(1);
        hikari.setConnectionTimeout(5_000);
        hikari.setUsername(config.user());
        hikari.setPassword(config.password().value());
        if (dialect == Dialect.H2) {
            hikari.setJdbcUrl(config.url() + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=10000");
            hikari.setMaxLifetime(0); // the last connection closed would close the file
            hikari.setExceptionOverride(new ClosedFile());
        } else {
            hikari.setJdbcUrl(config.url());
            hikari.addDataSourceProperty("reWriteBatchedInserts", "true");
            hikari.addDataSourceProperty("prepareThreshold", "3");
            hikari.addDataSourceProperty("socketTimeout", "30");
            hikari.addDataSourceProperty("tcpKeepAlive", "true");
            hikari.addDataSourceProperty("ApplicationName", "plainsail-facade");
            hikari.setConnectionInitSql(POSTGRESQL_SESSION);
        }
        HikariDataSource pool = null;
        try {
            pool = new HikariDataSource(hikari);
            Flyway.configure()
                    .dataSource(pool)
                    .locations(dialect.migrations())
                    .load()
                    .migrate();
            Jdbi jdbi = Jdbi.create(pool);
            ChangeStamps stamps = new ChangeStamps(largestStamp(jdbi), System.currentTimeMillis());
            return new Database(dialect, pool, jdbi, dialect == Dialect.H2 ? threads(config.poolSize()) : null, stamps);
        } catch (RuntimeException e) {
            if (pool != null) {
                pool.close();
            }
            throw explained(e, config);
        }
    }

    private static long largestStamp(Jdbi jdbi) {
        return jdbi.withHandle(handle -> handle.select("select coalesce(max(changed), 0) from jobs")
                .mapTo(Long.class)
                .one());
    }

    /** What H2 says when it has closed the file, or is about to. */
    private static final class ClosedFile implements SQLExceptionOverride {
        @java.lang.Override
        public Override adjudicate(SQLException e) {
            return isClosedFile(e) ? Override.MUST_EVICT : Override.CONTINUE_EVICT;
        }
    }

    private static boolean isClosedFile(SQLException e) {
        return CLOSED_FILE.contains(e.getErrorCode())
                || (e.getErrorCode() == ErrorCode.GENERAL_ERROR_1 && e.getCause() instanceof MVStoreException);
    }

    private static ThreadPoolExecutor threads(int count) {
        AtomicInteger number = new AtomicInteger();
        return new ThreadPoolExecutor(count, count, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread thread = new Thread(task, "h2-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    private static RuntimeException explained(RuntimeException e, StoreConfig config) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            // H2 error 90020: the file is locked by another process.
            if (cause instanceof SQLException sql && sql.getErrorCode() == 90020) {
                return new StoreUnavailableException(
                        "store.url is \"" + config.url() + "\": another process has this file open. H2 serves one"
                                + " facade; stop the other one, or use PostgreSQL for several",
                        e);
            }
        }
        if (e instanceof FlywayException) {
            return new StoreUnavailableException(
                    "the store's tables cannot be brought up to date: " + e.getMessage(), e);
        }
        return new StoreUnavailableException("the store cannot be opened: " + e.getMessage(), e);
    }

    Dialect dialect() {
        return dialect;
    }

    /**
     * The pool of connections at this moment.
     *
     * @param waiting calls that wait for a connection, or for one of H2's threads
     */
    public record Pool(int active, int idle, int waiting, int max) {}

    public Pool pool() {
        HikariPoolMXBean connections = pool.getHikariPoolMXBean();
        int waiting = connections.getThreadsAwaitingConnection()
                + (ownThreads == null ? 0 : ownThreads.getQueue().size());
        return new Pool(
                connections.getActiveConnections(),
                connections.getIdleConnections(),
                waiting,
                pool.getMaximumPoolSize());
    }

    /** What a statement does with a connection. */
    @FunctionalInterface
    interface Work<T> {
        T with(Handle handle);
    }

    /** Runs queries in one transaction. */
    <T> T read(Work<T> work) {
        return guarded(() -> jdbi.inTransaction(work::with));
    }

    /**
     * Runs queries that may take long, over many rows: some at a time, so that connections are left for the work itself, and
     * none for ever.
     *
     * @throws OverloadedException if there are too many at the moment
     * @throws StoreUnavailableException if one takes too long
     */
    <T> T survey(Work<T> work) {
        boolean admitted;
        try {
            admitted = surveys.tryAcquire(SURVEY_PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            admitted = false;
        }
        if (!admitted) {
            throw new OverloadedException("so many lists are asked for that this one would have to wait for long", 5);
        }
        try {
            return read(handle -> {
                handle.getConfig(SqlStatements.class).setQueryTimeout(SURVEY_SECONDS);
                try {
                    return work.with(handle);
                } finally {
                    if (dialect == Dialect.H2) {
                        // It keeps the time for the connection, whoever has that next.
                        handle.getConfig(SqlStatements.class).setQueryTimeout(0);
                        handle.execute("set query_timeout 0");
                    }
                }
            });
        } finally {
            surveys.release();
        }
    }

    /** Runs changes in one transaction; durable when it returns. */
    <T> T write(Work<T> work) {
        return write(true, work);
    }

    /**
     * Runs changes in one transaction, seen by all when it returns, durable a moment later: at the latest with whatever is
     * written durably after it. For changes that a crash of the database may undo without harm; they wait for no sync.
     */
    <T> T writeSoon(Work<T> work) {
        return write(false, work);
    }

    private <T> T write(boolean durable, Work<T> work) {
        return guarded(() -> {
            if (dialect == Dialect.POSTGRESQL) {
                return jdbi.inTransaction(handle -> {
                    if (!durable) {
                        handle.execute("set local synchronous_commit = off");
                    }
                    return work.with(handle);
                });
            }
            long stamp = stamps.begin();
            try (Handle handle = jdbi.open()) {
                T result = handle.inTransaction(work::with);
                if (durable) {
                    syncs.await(() -> handle.execute("checkpoint sync"));
                }
                return result;
            } finally {
                stamps.end(stamp);
            }
        });
    }

    /**
     * The number of the oldest writing transaction that is under way, or of the next: whatever is stamped with a smaller
     * one is settled, and seen by every statement that is run after this.
     */
    long unsettledFrom(Handle handle) {
        return dialect == Dialect.H2
                ? stamps.unsettledFrom()
                : handle.select("select cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)")
                        .mapTo(Long.class)
                        .one();
    }

    /** Whether the store answers, for health checks. */
    public boolean answers() {
        try {
            return read(handle -> handle.select("select 1").mapTo(Integer.class).one()) == 1;
        } catch (StoreUnavailableException e) {
            return false;
        }
    }

    private <T> T guarded(Supplier<T> call) {
        try {
            if (ownThreads == null) {
                return call.get();
            }
            try {
                return CompletableFuture.supplyAsync(call, ownThreads).join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof RuntimeException cause ? cause : e;
            } catch (RejectedExecutionException e) {
                throw new StoreUnavailableException("the store is closed", e);
            }
        } catch (RuntimeException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof SQLException sql && isUnavailable(sql)) {
                    throw new StoreUnavailableException("the store does not answer: " + sql.getMessage(), e);
                }
            }
            throw e;
        }
    }

    private static boolean isUnavailable(SQLException e) {
        String state = e.getSQLState();
        return e instanceof SQLTransientException
                || isClosedFile(e)
                || (state != null && state.length() == 5 && UNAVAILABLE.contains(state.substring(0, 2)));
    }

    @Override
    public void close() {
        if (ownThreads != null) {
            ownThreads.shutdown();
            try {
                ownThreads.awaitTermination(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        pool.close();
    }
}
