package io.plainsail.bench.subject;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.bench.load.LoadMain;
import io.plainsail.bench.measure.Histogram;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.worker.testing.TestJob;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NoopHandlerTest {
    @Test
    void onlyJobsThatSayWhenTheyWereSentAreTimed(@TempDir Path directory) throws IOException {
        Contract contract = ContractLoader.fromClassPath(BenchWorker.class, "bench.noop", 1);
        Path file = directory.resolve("starts.json");
        Clock clock = Clock.fixed(Instant.parse("2026-11-22T22:00:00.001500Z"), ZoneOffset.UTC);
        long sent = Instant.parse("2026-11-22T22:00:00Z").getEpochSecond() * 1_000_000 + 1_300;
        try (NoopHandler handler = new NoopHandler(file, clock)) {
            assertThat(TestJob.of(contract, "{\"text\":\"x\"}").run(handler).failure())
                    .isNull();
            assertThat(TestJob.of(contract, "{\"text\":\"x\",\"sentAtMicros\":" + sent + "}")
                            .run(handler)
                            .failure())
                    .isNull();
        }
        assertThat(LoadMain.MAPPER.readValue(file.toFile(), Histogram.class).buckets())
                .isEqualTo(Map.of(200L, 1L));
    }
}
