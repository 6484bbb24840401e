package io.plainsail.bench.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What is measured is what {@code ./plainsail} starts. */
class JvmTest {
    @Test
    void servicesRunWithTheLaunchersOptions() throws IOException {
        assertThat(Jvm.SMALL).isEqualTo(launcherOptions("jvm_small"));
    }

    @Test
    void standaloneRunsWithTheLaunchersOptions() throws IOException {
        assertThat(Jvm.STANDALONE).isEqualTo(launcherOptions("jvm_standalone"));
    }

    private static List<String> launcherOptions(String name) throws IOException {
        Matcher line = Pattern.compile("^" + name + "=\\((.*?)\\)$", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(Files.readString(Path.of("..", "plainsail")));
        assertThat(line.find()).as(name).isTrue();
        return List.of(line.group(1).split("\\s+"));
    }
}
