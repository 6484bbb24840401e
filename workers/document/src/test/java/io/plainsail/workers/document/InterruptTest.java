package io.plainsail.workers.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(120)
class InterruptTest {
    /** Inputs that each keep another step busy for much longer than this test waits. */
    static Stream<FakeJob> slow() {
        return Stream.of(
                FakeJob.markdown("![[]()".repeat(200_000)),
                FakeJob.html("<table>" + "<tr><td>a</td><td>b</td><td>c</td></tr>".repeat(19_000) + "</table>"),
                FakeJob.html("<style>" + "b b b b{}".repeat(7_000) + "</style>" + "<p><b>x</b></p>".repeat(19_000)),
                FakeJob.html("<p>" + "\u2192\u2713 ".repeat(300_000) + "</p>"),
                FakeJob.html("<style>i{display:block;page-break-before:always} b{position:fixed;top:0}</style>"
                        + "<b>x</b>".repeat(3_000) + "<i>x</i>".repeat(1_900)));
    }

    @ParameterizedTest
    @MethodSource("slow")
    void interruptEndsARenderingSoon(FakeJob job) throws Exception {
        CompletableFuture<Throwable> ended = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        new DocumentRenderHandler(Rendered.CONTRACT).handle(job);
                        ended.complete(new AssertionError("rendered before the interrupt"));
                    } catch (Throwable e) {
                        ended.complete(e);
                    }
                },
                "rendering");
        thread.start();
        thread.join(500);
        assertThat(ended).isNotDone();
        thread.interrupt();
        assertThat(ended.get(20, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        assertThat(thread.isInterrupted()).isFalse();
    }

    @Test
    void interruptedThreadRendersNothing() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> new DocumentRenderHandler(Rendered.CONTRACT).handle(FakeJob.markdown("x")))
                .isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void renderingLeavesNoThreadAndNoFile() throws IOException {
        Rendered.of(FakeJob.markdown("first"));
        Set<String> threads = threads();
        Set<Path> files = files();
        for (String format : new String[] {"png", "jpeg", "gif"}) {
            Rendered.of(FakeJob.html("<p>é → ✓</p><img src='" + Pictures.data(format) + "'>"));
        }
        assertThat(files()).isEqualTo(files);
        assertThat(threads()).isEqualTo(threads);
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> !name.startsWith("junit") && !name.startsWith("surefire"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Where the libraries under test might leave something. */
    private static Set<Path> files() throws IOException {
        Set<Path> found = new TreeSet<>();
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        for (Path directory : new Path[] {temporary, Path.of(System.getProperty("user.home"))}) {
            try (Stream<Path> entries = Files.list(directory)) {
                entries.filter(entry -> entry.getFileName().toString().matches("(?i).*(imageio|pdfbox|\\+~jf).*"))
                        .forEach(found::add);
            }
        }
        return found;
    }
}
