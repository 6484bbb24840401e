package io.plainsail.workers.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(120)
class InterruptTest {
    /** Inputs that each keep another step busy, by a class that only this step runs in. */
    static Stream<Arguments> slow() {
        return Stream.of(
                arguments("InlineParserImpl", FakeJob.markdown("![[]()".repeat(120_000))),
                arguments(
                        "TableBox",
                        FakeJob.html("<table>" + "<tr><td>a</td><td>b</td></tr>".repeat(19_000) + "</table>")),
                arguments(
                        "Matcher",
                        FakeJob.html(
                                "<style>" + "b b b b{}".repeat(7_000) + "</style>" + "<p><b>x</b></p>".repeat(19_000))),
                arguments("InlineBoxing", FakeJob.html("<p>" + "\u2192\u2713 ".repeat(300_000) + "</p>")),
                arguments(
                        "DisplayListPainter",
                        FakeJob.html("<style>i{display:block;page-break-before:always} b{position:fixed;top:0}</style>"
                                + "<b>x</b>".repeat(3_000) + "<i>x</i>".repeat(1_900))));
    }

    @ParameterizedTest
    @MethodSource("slow")
    void interruptEndsARenderingSoon(String step, FakeJob job) throws Exception {
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
        awaitStep(thread, step);
        thread.interrupt();
        assertThat(ended.get(20, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        assertThat(thread.isInterrupted()).isFalse();
    }

    /** Returns as soon as the thread is seen in a method of the named class, which takes as long as it takes. */
    private static void awaitStep(Thread thread, String simpleClassName) {
        await().atMost(60, TimeUnit.SECONDS)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> !thread.isAlive()
                        || Stream.of(thread.getStackTrace())
                                .anyMatch(frame -> frame.getClassName().endsWith("." + simpleClassName)));
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
        // Java2D starts one thread of its own for the JVM's lifetime, with the first picture.
        Rendered.of(FakeJob.html("<img src='" + Pictures.data("png") + "'>"));
        Set<String> threads = threads();
        Set<Path> files = files();
        for (String format : new String[] {"png", "jpeg", "gif"}) {
            Rendered.of(FakeJob.html("<p>é → ✓</p><img src='" + Pictures.data(format) + "'>"));
        }
        // Others of before may have ended meanwhile.
        assertThat(files).containsAll(files());
        assertThat(threads).containsAll(threads());
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
