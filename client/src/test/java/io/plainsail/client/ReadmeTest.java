package io.plainsail.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.standalone.Standalone;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The README's example is code that runs. */
@Timeout(120)
class ReadmeTest {
    private static final Path README = Path.of("..", "README.md");
    private static final Path SOURCE = Path.of("src/test/java/io/plainsail/client/ReadmeTest.java");

    @TempDir
    Path directory;

    @Test
    void theExampleRendersALetter() throws Exception {
        try (Standalone standalone = Standalone.start(0, directory.resolve("data"), "WARN")) {
            standalone.awaitReady();
            Path letter = directory.resolve("letter.pdf");
            example(standalone.uri(), Files.readString(standalone.keyFile()).strip(), letter);
            assertThat(Files.readString(letter, java.nio.charset.StandardCharsets.ISO_8859_1))
                    .startsWith("%PDF-");
        }
    }

    @SuppressWarnings("SystemOut")
    private static void example(URI facade, String key, Path target) {
        // README
        Plainsail plainsail = Plainsail.connect(facade).apiKey(() -> key).build();
        var input = Map.of("templateFormat", "markdown", "template", "# Dear {{name}}", "data", Map.of("name", "Zoë"));
        JobRequest letter = JobRequest.of("document.render", input).label("customer", "4711");
        Job job = plainsail.submit(letter); // on the facade's disk when this returns
        try (JobEvents events = plainsail.events(job.id())) {
            events.forEachRemaining(event -> System.out.println(event));
        }
        Job ended = plainsail.await(job.id(), Duration.ofMinutes(2));
        if (ended.succeeded()) {
            plainsail.result(job.id(), target);
        }
        // README
    }

    @Test
    void theExampleInTheReadmeIsThisOne() throws Exception {
        String readme = Files.readString(README);
        String begin = "<!-- from: client/src/test/java/io/plainsail/client/ReadmeTest.java -->\n```java\n";
        int from = readme.indexOf(begin) + begin.length();
        assertThat(from).isGreaterThan(begin.length());
        String source = Files.readString(SOURCE);
        String mark = "        // README\n";
        int code = source.indexOf(mark) + mark.length();
        assertThat(readme.substring(from, readme.indexOf("```", from)))
                .isEqualTo(source.substring(code, source.indexOf(mark, code)).replaceAll("(?m)^ {8}", ""));
    }
}
