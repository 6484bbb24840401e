package io.plainsail.workers.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.context.Scope;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.InvalidContractException;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.TraceContext;
import io.plainsail.messaging.trace.Tracing;
import io.plainsail.testbed.MovingClock;
import io.plainsail.worker.service.WorkerService;
import io.plainsail.worker.subprocess.Program;
import io.plainsail.worker.testing.RunningJob;
import io.plainsail.worker.testing.TestJob;
import io.plainsail.worker.testing.TestResult;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real programs in three languages, through the pipeline of a worker process. */
@Timeout(180)
class ExecWorkerTest {
    private static final Path EXAMPLES = Path.of("examples").toAbsolutePath();
    private static final Path PYTHON = Path.of("/usr/bin/python3");

    private final Map<String, ExecConfig.Handler> handlers = new HashMap<>();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private void program(String name, String... command) {
        handlers.put(name, ExecConfig.Handler.of(List.of(command), null, null, null, null));
    }

    private void script(String name, String text) {
        program(name, "/bin/sh", "-c", text);
    }

    private WorkerService service(ExecConfig.OwnType... own) {
        return ExecWorker.service(
                new ExecConfig(directory.resolve("runs"), 100, Duration.ofHours(1), handlers, List.of(own)));
    }

    private TestResult run(String name, String input) {
        return run(name, input, Duration.ofMinutes(1));
    }

    private TestResult run(String name, String input, Duration timeout) {
        WorkerService.Handled handled = service().handled().get(0);
        return TestJob.of(handled.contract(), "{\"handler\":\"" + name + "\",\"input\":" + input + "}")
                .withTimeout(timeout)
                .run(handled.handler());
    }

    private Failure failure(String text, ErrorCategory category) {
        script("it", text);
        return run("it", "{}").requireFailure(category);
    }

    // The examples ------------------------------------------------------------------------------------------------

    @Test
    void aPythonProgramTellsProgressLogAndResult() {
        program(
                "word-count",
                PYTHON.toString(),
                EXAMPLES.resolve("word_count.py").toString());
        TestResult counted = run("word-count", "{\"text\":\"to be or not to be\"}");
        assertThat(counted.requireOutput()).hasToString("{\"words\":6,\"different\":4}");
        assertThat(counted.progress()).containsExactly(new TestResult.Progress(50, "6 words"));
        assertThat(counted.log()).containsExactly("the text has 18 characters");
        Failure failure = run("word-count", "{\"text\":7}").requireFailure(ErrorCategory.INVALID_INPUT);
        assertThat(failure.code()).isEqualTo("text");
        assertThat(failure.message()).isEqualTo("word-count: text is missing or no string");
    }

    @Test
    void aNodeProgramMakesSlugs() {
        Path node = Path.of("/usr/bin/node");
        boolean there = Files.isExecutable(node);
        String missing = "no /usr/bin/node here. Install it: apt-get install nodejs";
        if (!there && "true".equals(System.getenv("CI"))) {
            throw new AssertionError(missing);
        }
        assumeThat(there).as(missing).isTrue();
        program("slugs", node.toString(), EXAMPLES.resolve("slugs.mjs").toString());
        assertThat(run("slugs", "{\"titles\":[\"Über uns\",\"Was ist neu?\"]}").requireOutput())
                .hasToString("{\"slugs\":[\"uber-uns\",\"was-ist-neu\"]}");
    }

    @Test
    void aShellScriptHandsOverAFile() throws IOException {
        program("archive", EXAMPLES.resolve("archive.sh").toString());
        TestResult archived = run("archive", "{\"n\":1.50}");
        assertThat(archived.requireOutput()).hasToString("{\"kept\":true}");
        assertThat(archived.file().mediaType()).isEqualTo("application/gzip");
        byte[] content =
                new GZIPInputStream(new ByteArrayInputStream(archived.file().inline())).readAllBytes();
        assertThat(new String(content, StandardCharsets.UTF_8))
                .as("every digit")
                .isEqualTo("{\"n\":1.50}");
    }

    @Test
    void aJobTypeOfItsOwnNeedsNoJava() {
        program(
                "word-count",
                PYTHON.toString(),
                EXAMPLES.resolve("word_count.py").toString());
        WorkerService service = service(new ExecConfig.OwnType(EXAMPLES.resolve("text.count/v1"), "word-count"));
        WorkerService.Handled own = service.handled().get(1);
        assertThat(own.contract().jobType()).hasToString("text.count v1");
        assertThat(TestJob.of(own.contract(), "{\"text\":\"a b a\"}")
                        .run(own.handler())
                        .requireOutput())
                .hasToString("{\"words\":3,\"different\":2}");
        assertThat(TestJob.of(own.contract(), "{\"txt\":\"a\"}")
                        .run(own.handler())
                        .requireFailure(ErrorCategory.INVALID_INPUT)
                        .code())
                .isEqualTo("input-schema");
    }

    @Test
    void theResultOfAnOwnJobTypeIsCheckedAgainstItsContract() {
        script("liar", "echo '{\"result\": {\"words\": \"many\"}}'");
        WorkerService.Handled own = service(new ExecConfig.OwnType(EXAMPLES.resolve("text.count/v1"), "liar"))
                .handled()
                .get(1);
        assertThat(TestJob.of(own.contract(), "{\"text\":\"a\"}")
                        .run(own.handler())
                        .failure())
                .isNotNull();
    }

    // What a program is given -------------------------------------------------------------------------------------

    @Test
    void aProgramFindsItsJobAndNothingOfTheWorker() {
        handlers.put(
                "env",
                ExecConfig.Handler.of(
                        List.of("/bin/sh", "-c", "env | cut -d= -f1 | sort; echo $GREETING; pwd; cat"),
                        Map.of("GREETING", "hello"),
                        List.of("USER_IS_NOT_SET"),
                        null,
                        null));
        TestResult result = run("env", "[1]");
        assertThat(result.log())
                .filteredOn(line -> !List.of("PWD", "SHLVL", "_", "OLDPWD").contains(line))
                .startsWith(
                        "GREETING",
                        "HOME",
                        "LANG",
                        "PATH",
                        "PLAINSAIL_ATTEMPT",
                        "PLAINSAIL_DEADLINE",
                        "PLAINSAIL_JOB_ID",
                        "PLAINSAIL_JOB_TYPE",
                        "PLAINSAIL_SUBPROCESS",
                        "TMPDIR",
                        "hello")
                .endsWith("[1]");
    }

    @Test
    void aProgramFindsTheTraceThatItIsPartOf() {
        script("it", "echo \"$TRACEPARENT $TRACESTATE\"");
        TraceContext trace = new TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=b");
        try (Scope ignored = Tracing.context(trace).makeCurrent()) {
            assertThat(run("it", "{}").log()).containsExactly(trace.traceparent() + " a=b");
        }
    }

    @Test
    void inputMayBeAFile() {
        handlers.put(
                "file",
                ExecConfig.Handler.of(
                        List.of("/bin/sh", "-c", "cat \"$PLAINSAIL_INPUT\"; cat"),
                        null,
                        null,
                        ExecConfig.Input.FILE,
                        null));
        assertThat(run("file", "{\"a\":1}").log()).containsExactly("{\"a\":1}");
    }

    @Test
    void callersNameAProgramAndNeverACommand() {
        program("it", "/bin/true");
        Failure unknown = run("rm", "{}").requireFailure(ErrorCategory.INVALID_INPUT);
        assertThat(unknown.message()).isEqualTo("handler is \"rm\": must be one of [it]");
        for (String name : List.of("../it", "/bin/sh", "it;id", "It", "-c", "a b", "")) {
            assertThat(run(name, "{}")
                            .requireFailure(ErrorCategory.INVALID_INPUT)
                            .code())
                    .as(name)
                    .isEqualTo("input-schema");
        }
        assertThat(run("it", "\"$(touch evil)\"").requireOutput()).hasToString("{}");
    }

    // How it ends -------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "exit 1 | REJECTED | exit-status | exit status is 1",
                "exit 65 | INVALID_INPUT | exit-status | exit status is 65",
                "exit 75 | UNAVAILABLE | exit-status | exit status is 75",
                "kill -SEGV $$ | INTERNAL | signal | signal 11",
                "echo '{'error': {'category': 'throttled', 'code': 'c', 'message': 'm'}}' | THROTTLED | c | it: m",
                "echo '{'error': {'message': 'm'}}'; exit 75 | UNAVAILABLE | program | it: m",
                "echo '{'error': {'category': 'crash-loop'}}' | REJECTED | protocol | error.category",
                "echo '{'result': 1}'; echo '{'result': 2}' | REJECTED | protocol | result is written twice",
                "echo '{'progress': 'half'}' | REJECTED | protocol | progress is",
                "echo '{'retryAfter': -1}'; exit 75 | REJECTED | protocol | retryAfter is -1",
                "echo '{'file': {'path': 'a'}}' | REJECTED | protocol | must have path and mediaType",
                "echo '{'file': {'path': '/etc/passwd', 'mediaType': 'a/b'}}' | REJECTED | protocol | below its directory",
                "echo '{'file': {'path': '../../x', 'mediaType': 'a/b'}}' | REJECTED | protocol | below its directory",
                "ln -s /etc/passwd p; echo '{'file': {'path': 'p', 'mediaType': 'a/b'}}' | REJECTED | protocol | no link",
                "ln -s /etc d; echo '{'file': {'path': 'd/passwd', 'mediaType': 'a/b'}}' | REJECTED | protocol | no link",
                "mkfifo p; echo '{'file': {'path': 'p', 'mediaType': 'a/b'}}' | REJECTED | protocol | regular file",
                "yes 0123456789012345678901234567890123456789 | LIMIT_EXCEEDED | output | more than 67108864 bytes",
            })
    void failuresAreTold(String text, ErrorCategory category, String code, String message) {
        Failure failure = failure(
                text.replace("'{'", "'{\"")
                        .replace("': ", "\": ")
                        .replace(": '", ": \"")
                        .replace("'}}'", "\"}}'")
                        .replace("'}'", "\"}'")
                        .replace("', '", "\", \"")
                        .replace("{'", "{\""),
                category);
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure.message()).contains(message);
    }

    @Test
    void aLineThatIsTooLongIsNoResult() {
        Failure failure = failure(
                "printf '{\"result\": \"'; head -c 5000000 /dev/zero | tr '\\0' x; echo '\"}'", ErrorCategory.REJECTED);
        assertThat(failure.message()).contains("longer than 4194304 bytes");
    }

    @Test
    void aProgramMayPutItsJobOff() {
        script("it", "echo '{\"snooze\": 60}'; exit 75");
        TestResult result = run("it", "{}");
        assertThat(result.snoozedUntil()).isAfter(Instant.now().plusSeconds(30));
    }

    @Test
    void whatIsNoneOfTheProtocolIsLogged() {
        script(
                "it",
                "echo plain; echo '{'; echo '[1]'; echo '{}'; echo '{\"other\": 1}'; printf '\\377\\n'; echo oh >&2");
        assertThat(run("it", "{}").log()).contains("plain", "{", "[1]", "{}", "{\"other\": 1}", "\uFFFD", "oh");
    }

    @Test
    void aLimitIsNamed() {
        handlers.put(
                "it",
                new ExecConfig.Handler(
                        List.of("/bin/sh", "-c", "while :; do :; done"),
                        Map.of(),
                        List.of(),
                        ExecConfig.Input.STDIN,
                        new Program.Limits(1, 0, 0, 0)));
        assertThat(run("it", "{}").requireFailure(ErrorCategory.LIMIT_EXCEEDED).message())
                .contains("1 s of processor time");
    }

    /** Root is not bound by it: there the program is another user's, who has no other process. */
    @Test
    void aProgramCannotStartMoreProcessesThanItsLimit() {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("/usr/bin/setpriv", "--reuid=64999", "--clear-groups"));
        }
        command.addAll(List.of(PYTHON.toString(), "-c", "import os; os.fork() or os._exit(0); print('forked')"));
        handlers.put("free", ExecConfig.Handler.of(command, null, null, null, null));
        assertThat(run("free", "{}").log()).containsExactly("forked");

        handlers.put("bound", ExecConfig.Handler.of(command, null, null, null, new ExecConfig.Limits(0, 0, 0, 1)));
        TestResult bound = run("bound", "{}");
        bound.requireFailure(ErrorCategory.REJECTED);
        assertThat(String.join("\n", bound.log()))
                .contains("BlockingIOError", "Resource temporarily unavailable")
                .doesNotContain("forked");
    }

    @Test
    void anAttemptOutOfTimeLeavesNoProcess() throws IOException {
        Path pids = directory.resolve("pids");
        script(
                "it",
                "trap '' TERM; echo $$ >> " + pids + "; setsid sh -c 'echo $$ >> " + pids
                        + "; exec sleep 600' & while :; do sleep 1; done");
        MovingClock clock = MovingClock.at(Instant.now());
        WorkerService.Handled handled = service().handled().get(0);
        RunningJob running = TestJob.of(handled.contract(), "{\"handler\":\"it\",\"input\":{}}")
                .withClock(clock)
                .withTimeout(Duration.ofSeconds(6))
                .start(handled.handler());
        List<String> started = await().atMost(Duration.ofSeconds(30))
                .until(() -> Files.exists(pids) ? Files.readAllLines(pids) : List.of(), pid -> pid.size() == 2);
        clock.advance(Duration.ofSeconds(6));
        assertThat(running.await().requireFailure(ErrorCategory.TIMEOUT).code()).isEqualTo("attempt-timeout");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> started.stream().noneMatch(pid -> Files.exists(Path.of("/proc/" + pid + "/exe"))));
    }

    @Test
    void anAttemptsDirectoryIsItsOwnAndPrivate() throws IOException {
        script("it", "stat -c %a .; echo x > made; ls");
        assertThat(run("it", "{}").log()).containsExactly("700", "made");
        assertThat(run("it", "{}").log()).containsExactly("700", "made");
    }

    // Configuration -----------------------------------------------------------------------------------------------

    @Test
    void aWrongConfigurationNamesFieldAndRule() throws IOException {
        Path notExecutable = Files.writeString(directory.resolve("script.sh"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(notExecutable, PosixFilePermissions.fromString("rw-r--r--"));
        for (String path : List.of("/no/such/file", notExecutable.toString(), directory.toString())) {
            assertThatThrownBy(() -> program("it", path))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("command begins with " + path);
        }
        assertThatThrownBy(() -> program("it", "sh")).hasMessageContaining("absolute path");
        assertThatThrownBy(() ->
                        ExecConfig.Handler.of(List.of("/bin/true"), Map.of("PLAINSAIL_JOB_ID", "x"), null, null, null))
                .hasMessageContaining("environment has the name \"PLAINSAIL_JOB_ID\"");
        program("it", "/bin/true");
        assertThatThrownBy(() -> service(new ExecConfig.OwnType(EXAMPLES.resolve("text.count/v1"), "other")))
                .hasMessageContaining("jobTypes[0].handler is \"other\": must be one of [it]");
        assertThatThrownBy(() -> service(new ExecConfig.OwnType(directory.resolve("no.such/v1"), "it")))
                .isInstanceOf(InvalidContractException.class)
                .hasMessageContaining("contract.yaml: cannot be read");
        assertThatThrownBy(() -> service(new ExecConfig.OwnType(directory, "it")))
                .isInstanceOf(InvalidContractException.class)
                .hasMessageContaining("<type>/v<N>");
        handlers.put("No Name", handlers.get("it"));
        assertThatThrownBy(this::service).hasMessageContaining("handlers has the name \"No Name\"");
    }
}
