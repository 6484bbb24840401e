package io.plainsail.facade.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.TimeLimits;
import io.plainsail.contracts.wire.TraceContext;
import io.plainsail.facade.access.Owner;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class NewJobTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final JobType TYPE = new JobType("test.echo", 2);
    private static final byte[] INPUT = {'{', '}'};

    @Test
    void jobThatIsBuiltAnewKeepsEverything() {
        NewJob job = new NewJob(
                new UUID(1, 2),
                TYPE,
                INPUT,
                Map.of("team", "a"),
                Duration.ofSeconds(30),
                NOW,
                new RetryBounds(4, Duration.ofMinutes(2)),
                new TimeLimits(NOW.plusSeconds(600), NOW.plusSeconds(6000)),
                new TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=1"),
                NOW.plusSeconds(10),
                new UUID(3, 4),
                "2.0",
                "{}",
                new IdempotencyKey("key", 3, "aa"),
                new Owner("tenant", "caller"));

        assertThat(job.toBuilder().build()).isEqualTo(job);
    }

    @Test
    void whatIsNotSetIsNothing() {
        NewJob job = NewJob.builder(new UUID(1, 2), TYPE, INPUT, Duration.ofSeconds(30), NOW)
                .build();

        assertThat(job)
                .isEqualTo(new NewJob(
                        new UUID(1, 2),
                        TYPE,
                        INPUT,
                        Map.of(),
                        Duration.ofSeconds(30),
                        NOW,
                        RetryBounds.NONE,
                        TimeLimits.NONE,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        Owner.NOBODY));
    }
}
