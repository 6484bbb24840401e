package io.plainsail.facade.accept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.contracts.JobType;
import io.plainsail.facade.HandPublisher;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.Lease;
import io.plainsail.facade.job.NewJob;
import io.plainsail.facade.job.OverloadedException;
import io.plainsail.facade.outbox.Relay;
import io.plainsail.facade.results.JobTokens;
import io.plainsail.facade.store.Database;
import io.plainsail.facade.store.JdbiJobStore;
import io.plainsail.facade.store.StoreConfig;
import io.plainsail.messaging.trace.MessageSpans;
import io.plainsail.testbed.MovingClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupCommitTest {
    @Test
    void requestThatNobodyTookInTimeIsTakenBack(@TempDir Path directory) throws Exception {
        MovingClock clock = MovingClock.at(Instant.parse("2026-11-22T10:00:00Z"));
        Database database = Database.open(StoreConfig.of("jdbc:h2:file:" + directory.resolve("jobs")));
        try {
            JdbiJobStore store = new JdbiJobStore(database, new Lease(clock, Duration.ofSeconds(30)));
            Relay relay = new Relay(
                    "relay-1", store, new HandPublisher(), new JobTokens(new byte[32]), clock, 10, MessageSpans.off());
            GroupCommit accept = new GroupCommit(store, relay, Duration.ofMillis(20));
            NewJob job = NewJob.builder(
                            JobIds.next(),
                            new JobType("test.echo", 1),
                            "{}".getBytes(StandardCharsets.UTF_8),
                            Duration.ofSeconds(30),
                            clock.instant())
                    .build();

            assertThatThrownBy(() -> accept.accept(List.of(job)))
                    .isInstanceOf(OverloadedException.class)
                    .hasMessageContaining("nothing was accepted");

            accept.commitNext(0);
            assertThat(store.find(job.id())).isEmpty();
        } finally {
            database.close();
        }
    }
}
