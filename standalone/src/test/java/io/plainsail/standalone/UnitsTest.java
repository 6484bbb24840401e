package io.plainsail.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.worker.service.WorkerConfig;
import io.plainsail.worker.service.WorkerProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the units of the packages say, against what the services need. */
class UnitsTest {
    /** Killing what is left, a moment to clean up after that, and telling the facade: none of it is configured. */
    private static final Duration REST = Duration.ofSeconds(15);

    /** Else the service manager kills a worker, and what it has not told, in the midst of its drain. */
    @Test
    void eachUnitGivesTheDrainAllTheTimeThatItsBoundsAllow() throws IOException {
        WorkerConfig defaults = WorkerConfig.defaults(Map.of());
        for (WorkerProvider<?> worker : WorkerProvider.all()) {
            Duration handBack = find("(?m)^drainHandBack: (\\S+)", ownDefaults(worker))
                    .map(Duration::parse)
                    .orElse(defaults.drainHandBack());
            Duration longest = defaults.drainGrace()
                    .plus(handBack)
                    .plus(defaults.drainFlush())
                    .plus(REST);
            assertThat(longest).as(worker.name()).isLessThan(stopTime(worker.name()));
        }
    }

    private static String ownDefaults(WorkerProvider<?> worker) throws IOException {
        Class<?> config = worker.handlerConfig();
        try (InputStream file = config.getResourceAsStream(config.getSimpleName() + ".yml")) {
            return file == null ? "" : new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Duration stopTime(String worker) throws IOException {
        Path own = Path.of("../workers", worker, "package", "unit.conf");
        String pattern = "(?m)^TimeoutStopSec=(\\d+)$";
        return Duration.ofSeconds(Long.parseLong(find(pattern, Files.readString(own))
                .or(() -> find(pattern, ofAll()))
                .orElseThrow()));
    }

    private static String ofAll() {
        try {
            return Files.readString(Path.of("../packaging/service"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Optional<String> find(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().findFirst().map((MatchResult found) -> found.group(1));
    }
}
