package io.plainsail.bench.scenario;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.Random;
import java.util.UUID;

/**
 * Writes finished jobs straight into the store, as they stand there after an hour of work: one input of 1 KB each, one of
 * a thousand failed, one of a hundred with a label. The facade has made the tables, and is away.
 */
final class FinishedJobs {
    static final String LABEL = "customer";
    static final String LABEL_VALUE = "seventeen";

    private static final int INPUT_BYTES = 1_024;
    private static final int BATCH = 1_000;
    private static final int APART_MILLIS = 4;

    private static final String JOB = """
            insert into jobs (id, type, version, state, attempt, labels, timeout_ms, accepted_at, started_at, finished_at,
                worker_service, worker_instance, worker_host, worker_release, error_category, error_code,
                error_message, fingerprint)
            values (?, 'bench.noop', 1, ?, 1, ?, 60000, ?, ?, ?, 'bench', 'bench-1', 'host', '1.0', ?, ?, ?, ?)""";

    private FinishedJobs() {}

    static void write(Servers servers, int count) {
        try (Connection connection = servers.connect()) {
            connection.setAutoCommit(false);
            try (PreparedStatement jobs = connection.prepareStatement(JOB);
                    PreparedStatement inputs = connection.prepareStatement("insert into job_inputs values (?, ?)");
                    PreparedStatement labels = connection.prepareStatement("insert into job_labels values (?, ?, ?)")) {
                Random random = new Random(1);
                // All of the last hours: what is older than its retention would be deleted while it is measured.
                long firstMillis = System.currentTimeMillis() - (long) count * APART_MILLIS;
                for (int i = 0; i < count; i++) {
                    add(i, firstMillis + (long) i * APART_MILLIS, random, jobs, inputs, labels);
                    if (i % BATCH == BATCH - 1 || i == count - 1) {
                        jobs.executeBatch();
                        inputs.executeBatch();
                        labels.executeBatch();
                        connection.commit();
                    }
                }
            }
            connection.setAutoCommit(true);
            try (Statement statement = connection.createStatement()) {
                // As PostgreSQL does by itself some time later: what is measured is a history, not the writing of it.
                statement.execute("vacuum analyze");
                statement.execute("checkpoint");
            }
        } catch (SQLException e) {
            throw new BenchException("the history cannot be written: " + e.getMessage(), e);
        }
    }

    private static void add(
            int i,
            long millis,
            Random random,
            PreparedStatement jobs,
            PreparedStatement inputs,
            PreparedStatement labels)
            throws SQLException {
        // Ids of jobs are UUIDs of version 7: the time of acceptance first.
        UUID id = new UUID(millis << 16 | 0x7000 | random.nextInt(0x1000), random.nextLong() >>> 2 | 1L << 63);
        boolean failed = i % 1_000 == 0;
        boolean labelled = i % 100 == 0;
        Timestamp at = new Timestamp(millis);
        jobs.setObject(1, id);
        jobs.setString(2, failed ? "failed" : "succeeded");
        jobs.setString(3, labelled ? "{\"" + LABEL + "\":\"" + LABEL_VALUE + "\"}" : null);
        jobs.setTimestamp(4, at);
        jobs.setTimestamp(5, at);
        jobs.setTimestamp(6, at);
        jobs.setString(7, failed ? "INTERNAL" : null);
        jobs.setString(8, failed ? "IllegalStateException" : null);
        jobs.setString(9, failed ? "as it was told" : null);
        jobs.setString(10, failed ? "0".repeat(64) : null);
        jobs.addBatch();
        byte[] input = new byte[INPUT_BYTES];
        random.nextBytes(input);
        inputs.setObject(1, id);
        inputs.setBytes(2, input);
        inputs.addBatch();
        if (labelled) {
            labels.setString(1, LABEL);
            labels.setString(2, LABEL_VALUE);
            labels.setObject(3, id);
            labels.addBatch();
        }
    }
}
