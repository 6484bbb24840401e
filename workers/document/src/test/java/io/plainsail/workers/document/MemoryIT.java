package io.plainsail.workers.document;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.testbed.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Documents for which the heap has no room, in a process that runs as the package does but for the heap's size. */
@Timeout(600)
class MemoryIT {
    private static final Duration PATIENCE = Duration.ofMinutes(8);

    @Test
    void aDocumentWithoutRoomFailsAloneAndMemoryThatRanOutEndsTheProcessAtOnce() throws IOException {
        try (JavaProcess process =
                JavaProcess.of(SmallHeap.class).jvmOptions(options()).start()) {
            process.awaitOutput(Pattern.compile("Terminating due to java.lang.OutOfMemoryError"), PATIENCE);
            List<String> lines = Files.readAllLines(process.outputFile());
            int goesOn = lines.indexOf("goes on");
            assertThat(goesOn).as("%s", lines).isPositive();
            // No memory ran out until here: the JVM would have ended.
            assertThat(lines.subList(0, goesOn))
                    .satisfiesExactly(
                            line -> assertThat(line).isEqualTo("letter before rendered \"application/pdf\""),
                            line -> assertThat(line).matches("table failed LIMIT_EXCEEDED memory: .* heap of \\d+ MiB"),
                            line -> assertThat(line).isEqualTo("letters beside table rendered"),
                            line -> assertThat(line)
                                    .matches("narrow failed LIMIT_EXCEEDED memory: .* heap of \\d+ MiB"),
                            line -> assertThat(line).isEqualTo("letters beside narrow rendered"));
            assertThat(lines.subList(goesOn + 1, lines.size()))
                    .singleElement()
                    .asString()
                    .startsWith("Terminating due to java.lang.OutOfMemoryError");
        }
    }

    private static String[] options() throws IOException {
        try (Stream<String> every = Files.lines(Path.of("../../packaging/jvm.options"));
                Stream<String> own = Files.lines(Path.of("jvm.options"))) {
            return Stream.concat(Stream.concat(every, own), Stream.of("-Xmx96m", "-XX:MaxNewSize=16m"))
                    .filter(line -> line.startsWith("-"))
                    .toArray(String[]::new);
        }
    }
}
