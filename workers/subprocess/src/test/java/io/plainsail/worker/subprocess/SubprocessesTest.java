package io.plainsail.worker.subprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.plainsail.testbed.JavaProcess;
import io.plainsail.worker.subprocess.Program.Limits;
import io.plainsail.worker.subprocess.Program.OutputBounds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SubprocessesTest {
    private static final Duration GRACE = Duration.ofSeconds(30);
    private static final Duration BOUND = Duration.ofSeconds(30);

    private final Subprocesses subprocesses = Subprocesses.of("subprocess-test");
    private final List<String> output = Collections.synchronizedList(new ArrayList<>());
    private final List<String> errors = Collections.synchronizedList(new ArrayList<>());

    @TempDir
    Path directory;

    private Program script(String text) {
        return script(text, Limits.NONE, OutputBounds.STANDARD);
    }

    private Program script(String text, Limits limits, OutputBounds bounds) {
        return new Program(
                List.of("/bin/sh", "-c", text),
                directory,
                Map.of("PATH", "/usr/bin:/bin"),
                "{\"a\":1}".getBytes(StandardCharsets.UTF_8),
                limits,
                bounds);
    }

    private Ending run(Program program) throws IOException, InterruptedException {
        return subprocesses.run(
                program, (line, cut) -> output.add(line + (cut ? "…" : "")), (line, cut) -> errors.add(line), GRACE);
    }

    /** Processes that a script wrote down, of which none is to be left. */
    private List<Long> written() throws IOException {
        Path file = directory.resolve("pids");
        return Files.exists(file)
                ? Files.readAllLines(file).stream().map(Long::valueOf).toList()
                : List.of();
    }

    private void noneIsLeft(int expected) throws IOException {
        assertThat(written()).hasSize(expected);
        // One that was killed may not be dead yet, though it has given up all by which it could be found.
        await().atMost(BOUND).until(() -> written().stream().noneMatch(SubprocessesTest::runs));
    }

    /** A dead one that its parent has not noticed yet does not run. */
    private static boolean runs(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aProgramHasItsInputItsDirectoryAndNoOthersEnvironment() throws Exception {
        Ending ending = run(script(
                "cat; echo; pwd; env | grep -v '^PWD=\\|^SHLVL=\\|^_=' | cut -d= -f1 | sort; echo e >&2; exit 7"));
        assertThat(ending).isEqualTo(new Ending(7, false, 0));
        assertThat(output)
                .containsExactly("{\"a\":1}", directory.toRealPath().toString(), "PATH", "PLAINSAIL_SUBPROCESS");
        assertThat(errors).containsExactly("e");
    }

    @Test
    void argumentsAreReadByNoShell() throws Exception {
        Program program = new Program(
                List.of("/bin/echo", "$HOME; `id` \"x\"", "*"),
                directory,
                Map.of(),
                new byte[0],
                Limits.NONE,
                OutputBounds.STANDARD);
        run(program);
        assertThat(output).containsExactly("$HOME; `id` \"x\" *");
    }

    @Test
    void aProgramThatDoesNotReadItsInputEnds() throws Exception {
        Program program = new Program(
                List.of("/bin/true"), directory, Map.of(), new byte[10_000_000], Limits.NONE, OutputBounds.STANDARD);
        assertThat(run(program).exit()).isZero();
    }

    @Test
    void aSignalIsToldAsAnExitStatus() throws Exception {
        assertThat(run(script("kill -9 $$")).exit()).isEqualTo(137);
    }

    @Test
    void whatCannotBeStartedIsTold() {
        Program program = new Program(
                List.of("/no/such/program"), directory, Map.of(), new byte[0], Limits.NONE, OutputBounds.STANDARD);
        assertThatThrownBy(() -> run(program)).isInstanceOf(IOException.class).hasMessageContaining("/no/such/program");
        assertThatThrownBy(() -> new Program(
                        List.of("sh"), directory, Map.of(), new byte[0], Limits.NONE, OutputBounds.STANDARD))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatAProgramLeavesBehindIsEnded() throws Exception {
        // In the background; in a session of its own; with an environment of its own.
        Ending ending = run(script("""
                sleep 600 & echo $! >> pids
                setsid sh -c 'echo $$ >> pids; exec sleep 600' &
                env -i /bin/sh -c 'echo $$ >> pids; exec sleep 600' &
                while [ "$(wc -l < pids)" -lt 3 ]; do sleep 0.05; done
                """));
        assertThat(ending.exit()).isZero();
        assertThat(ending.leftBehind()).isGreaterThanOrEqualTo(3);
        noneIsLeft(3);
    }

    @Test
    void whatWasNotReadToItsEndIsNoResult() {
        CountDownLatch never = new CountDownLatch(1);
        assertThatThrownBy(() -> subprocesses.run(
                        script("echo result"),
                        (line, cut) -> {
                            try {
                                never.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        (line, cut) -> {},
                        GRACE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not read to its end");
        never.countDown();
    }

    private Thread running(Program program, Duration grace, AtomicReference<@Nullable Throwable> thrown)
            throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            try {
                subprocesses.run(program, (line, cut) -> begun.countDown(), (line, cut) -> errors.add(line), grace);
            } catch (Throwable t) {
                thrown.set(t);
            }
        });
        thread.start();
        assertThat(begun.await(BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return thread;
    }

    @Test
    void anInterruptAsksTheProgramToEndAndItMayCleanUp() throws Exception {
        AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
        Thread thread = running(
                script("trap 'touch cleaned; exit 0' TERM; sleep 600 & echo $! >> pids; echo begun; wait"),
                GRACE,
                thrown);
        thread.interrupt();
        thread.join();
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThat(directory.resolve("cleaned")).exists();
        noneIsLeft(1);
    }

    @Test
    void aProgramThatDoesNotEndWhenAskedIsKilled() throws Exception {
        AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
        Thread thread = running(script("""
                        trap '' TERM
                        echo $$ >> pids
                        sh -c 'trap "" TERM; echo $$ >> pids; sleep 600' &
                        while [ "$(wc -l < pids)" -lt 2 ]; do sleep 0.05; done
                        echo begun
                        while :; do sleep 1; done
                        """), Duration.ofMillis(200), thrown);
        thread.interrupt();
        thread.join();
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        noneIsLeft(2);
    }

    @Test
    void closingKillsWhatRunsAtOnceAndLetsNothingBegin() throws Exception {
        AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
        Thread thread = running(script("""
                trap '' TERM
                echo $$ >> pids
                setsid sh -c 'echo $$ >> pids; exec sleep 600' &
                while [ "$(wc -l < pids)" -lt 2 ]; do sleep 0.05; done
                echo begun
                while :; do sleep 1; done
                """), GRACE, thrown);
        thread.interrupt();
        subprocesses.close();
        noneIsLeft(2);
        thread.join(BOUND.toMillis());
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThatThrownBy(() -> run(script("echo $$ >> pids"))).isInstanceOf(InterruptedException.class);
        assertThat(written()).hasSize(2);
        subprocesses.close();
    }

    @Test
    void aProgramThatSaysTooMuchIsEnded() throws Exception {
        Ending ending = run(script("echo $$ >> pids; yes", Limits.NONE, new OutputBounds(100, 10_000)));
        assertThat(ending.tooMuchOutput()).isTrue();
        assertThat(output).hasSizeLessThanOrEqualTo(5_000);
        noneIsLeft(1);
        assertThat(run(script("yes >&2", Limits.NONE, new OutputBounds(100, 10_000)))
                        .tooMuchOutput())
                .isTrue();
    }

    @Test
    void nothingThatAProgramSaidIsLostAtItsEnd() throws Exception {
        for (int run = 0; run < 30; run++) {
            output.clear();
            errors.clear();
            run(script("seq 1 3000; seq 1 3000 >&2"));
            assertThat(output).hasSize(3_000).endsWith("3000");
            assertThat(errors).hasSize(3_000).endsWith("3000");
        }
    }

    @Test
    void aLongLineIsCutAndTheNextOnesAreWhole() throws Exception {
        run(script("printf 'abcdefgh\\nab\\r\\n\\n\\377\\nlast'", Limits.NONE, new OutputBounds(4, 1_000)));
        assertThat(output).containsExactly("abcd…", "ab", "", "\uFFFD", "last");
    }

    @Test
    void whoCannotTakeALineEndsTheProgram() throws Exception {
        assertThatThrownBy(() -> subprocesses.run(
                        script("echo $$ >> pids; echo x; sleep 600"),
                        (line, cut) -> {
                            throw new IllegalStateException("no room");
                        },
                        (line, cut) -> {},
                        GRACE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no room");
        noneIsLeft(1);
    }

    @Test
    void limitsHold() throws Exception {
        assertThat(run(script("while :; do :; done", new Limits(1, 0, 0, 0), OutputBounds.STANDARD))
                        .exit())
                .as("processor time")
                .isEqualTo(137);
        assertThat(run(script("head -c 2000000 /dev/zero > big", new Limits(0, 0, 1_000_000, 0), OutputBounds.STANDARD))
                        .exit())
                .as("file size")
                .isNotZero();
        assertThat(Files.size(directory.resolve("big"))).isLessThanOrEqualTo(1_000_000);
        assertThat(run(script(
                                "exec tail -c 500000000 /dev/zero",
                                new Limits(0, 200_000_000, 0, 0),
                                OutputBounds.STANDARD))
                        .exit())
                .as("memory")
                .isNotZero();
    }

    /** Runs a program for ever, as another process that can be killed. */
    public static final class Keeper {
        private Keeper() {}

        public static void main(String[] args) throws Exception {
            Program program = new Program(
                    List.of(
                            "/bin/sh",
                            "-c",
                            "echo $$ >> pids; setsid sh -c 'echo $$ >> pids; exec sleep 600' & echo begun; wait"),
                    Path.of(args[0]),
                    Map.of("PATH", "/usr/bin:/bin"),
                    new byte[0],
                    Limits.NONE,
                    OutputBounds.STANDARD);
            Subprocesses.of("subprocess-keeper").run(program, (line, cut) -> {}, (line, cut) -> {}, GRACE);
        }
    }

    @Test
    void whatAKilledProcessLeavesEndsWithItOrIsReaped() throws Exception {
        Subprocesses next = Subprocesses.of("subprocess-keeper");
        try (JavaProcess keeper =
                JavaProcess.of(Keeper.class).arguments(directory.toString()).start()) {
            await().atMost(BOUND).until(() -> written().size() == 2);
            assertThat(next.reap()).as("its process runs").isZero();
            keeper.kill();
            await().atMost(BOUND)
                    .until(() -> !runs(written().get(0)) || !runs(written().get(1)));
            assertThat(Subprocesses.of("subprocess-other").reap())
                    .as("another service's")
                    .isZero();
            next.reap();
            noneIsLeft(2);
            assertThat(next.reap()).isZero();
        }
    }
}
