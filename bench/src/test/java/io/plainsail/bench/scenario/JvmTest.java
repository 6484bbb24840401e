package io.plainsail.bench.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is measured is what {@code ./plainsail} and the packages start. */
class JvmTest {
    @Test
    void servicesRunWithTheLaunchersOptions() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("..", "packaging", "jvm.options"))) {
            assertThat(Jvm.SMALL)
                    .isEqualTo(lines.filter(line -> line.startsWith("-")).toList());
        }
    }

    @Test
    void standaloneRunsWithTheLaunchersOptions() throws IOException {
        Matcher line = Pattern.compile("^jvm_standalone=\\((.*?)\\)$", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(Files.readString(Path.of("..", "plainsail")));
        assertThat(line.find()).isTrue();
        assertThat(Jvm.STANDALONE).isEqualTo(List.of(line.group(1).split("\\s+")));
    }
}
