package io.plainsail.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavaProcessIT {
    private static final Duration BOUND = Duration.ofSeconds(20);
    private static final Pattern READY = Pattern.compile("ready as (\\d+)");
    private static final Pattern BEAT = Pattern.compile("beat");

    /** Says who it is, then beats until it is ended. */
    static final class Beating {
        public static void main(String[] arguments) throws Exception {
            System.out.println("ready as " + ProcessHandle.current().pid());
            System.err.println(String.join(",", arguments) + " " + System.getProperty("flag") + " "
                    + System.getenv("VARIABLE") + " " + Path.of("").toAbsolutePath());
            if (arguments.length > 0 && arguments[0].equals("fail")) {
                System.exit(3);
            }
            if (arguments.length > 0 && arguments[0].equals("deaf")) {
                Runtime.getRuntime().addShutdownHook(new Thread(JavaProcessIT::sleepLong));
            }
            if (arguments.length > 0 && arguments[0].equals("child")) {
                System.out.println(
                        "child " + new ProcessBuilder("sleep", "600").start().pid());
            }
            for (int i = 0; i < 60_000; i++) {
                System.out.println("beat");
                Thread.sleep(10);
            }
        }
    }

    @Test
    void printsItsOwnProcessIdAndTakesWhatItIsGiven(@TempDir Path directory) {
        try (JavaProcess process = JavaProcess.of(Beating.class)
                .arguments("one", "two")
                .jvmOptions("-Dflag=set")
                .environment("VARIABLE", "here")
                .workingDirectory(directory)
                .start()) {
            Matcher ready = process.awaitOutput(READY, BOUND);

            assertThat(ready.group(1)).isEqualTo("" + process.pid());
            process.awaitOutput(Pattern.compile("one,two set here " + Pattern.quote(directory.toString())), BOUND);
        }
    }

    @Test
    void killEndsItAtOnceAndRestartRunsItAgain() {
        try (JavaProcess process = JavaProcess.of(Beating.class).start()) {
            process.awaitOutput(READY, BOUND);
            long first = process.pid();

            process.kill();
            assertThat(process.isAlive()).isFalse();
            process.restart();

            assertThat(process.awaitOutput(READY, BOUND).group(1))
                    .isEqualTo("" + process.pid())
                    .isNotEqualTo("" + first);
        }
    }

    @Test
    void terminateLetsItEndItselfAndInsistsAfterTheGrace() {
        try (JavaProcess polite = JavaProcess.of(Beating.class).start();
                JavaProcess deaf =
                        JavaProcess.of(Beating.class).arguments("deaf").start()) {
            polite.awaitOutput(BEAT, BOUND);
            deaf.awaitOutput(BEAT, BOUND);

            assertThat(polite.terminate(BOUND)).isEqualTo(143);
            assertThat(deaf.terminate(Duration.ofMillis(300))).isEqualTo(137);
        }
    }

    @Test
    void aFrozenProcessStandsStillUntilThawed() throws Exception {
        try (JavaProcess process = JavaProcess.of(Beating.class).start()) {
            process.awaitOutput(BEAT, BOUND);

            process.freeze();
            long size = sizeOnceStill(process);
            assertThat(process.isAlive()).isTrue();
            assertThat(Files.size(process.outputFile())).isEqualTo(size);
            process.thaw();

            Awaitility.await().atMost(BOUND).until(() -> Files.size(process.outputFile()) > size);
            process.freeze();
            process.kill();
            assertThat(process.isAlive()).isFalse();
        }
    }

    @Test
    void waitingForOutputEndsWithTheProcessOrTheBoundAndShowsTheOutput() {
        Pattern never = Pattern.compile("never");
        try (JavaProcess failing =
                        JavaProcess.of(Beating.class).arguments("fail").start();
                JavaProcess running = JavaProcess.of(Beating.class).start()) {
            assertThatThrownBy(() -> failing.awaitOutput(never, BOUND))
                    .isInstanceOf(TestbedException.class)
                    .hasMessageContaining("exit code 3")
                    .hasMessageContaining("ready as");
            assertThat(failing.terminate(BOUND)).isEqualTo(3);
            assertThatThrownBy(() -> running.awaitOutput(never, Duration.ofMillis(200)))
                    .isInstanceOf(TestbedException.class)
                    .hasMessageContaining("ran for PT0.2S without a line like `never`");
        }
    }

    @Test
    void closeEndsDescendantsOfEveryRunToo() {
        JavaProcess process = JavaProcess.of(Beating.class).arguments("child").start();
        long first = child(process);
        process.kill();
        assertThat(ProcessHandle.of(first)).isPresent();
        process.restart();
        long second = child(process);

        process.close();

        assertThat(Processes.isRunning(first)).isFalse();
        assertThat(Processes.isRunning(second)).isFalse();
        assertThat(process.outputFile()).doesNotExist();
    }

    private static long child(JavaProcess process) {
        return Long.parseLong(
                process.awaitOutput(Pattern.compile("child (\\d+)"), BOUND).group(1));
    }

    private static long sizeOnceStill(JavaProcess process) {
        long[] last = {-1};
        Awaitility.await()
                .atMost(BOUND)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> last[0] == (last[0] = Files.size(process.outputFile())));
        return last[0];
    }

    private static void sleepLong() {
        try {
            Thread.sleep(60_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
