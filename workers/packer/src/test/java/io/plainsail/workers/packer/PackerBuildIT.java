package io.plainsail.workers.packer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.SchemaCheck;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.testbed.MovingClock;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.service.WorkerService;
import io.plainsail.worker.testing.RunningJob;
import io.plainsail.worker.testing.TestJob;
import io.plainsail.worker.testing.TestResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real runs of Packer: the file and null builders, and steps on this machine. */
@Timeout(180)
class PackerBuildIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SECRET = "s3cr3t, wörd";

    /** Leaves a mark, and a list of packages. */
    private static final String STEP = """
            echo baked >> "$MARKS/marks"
            printf 'a 1\\nb 2\\n' > "$OUT/packages.txt"
            echo "password is $PASSWORD"
            echo warning >&2
            """;

    @TempDir
    Path directory;

    private Bakery bakery;

    @BeforeAll
    static void needsPacker() {
        Bakery.needsPacker();
    }

    @BeforeEach
    void open() throws Exception {
        bakery = new Bakery(directory);
        bakery.secret("build", SECRET + "\n");
        bakery.secret("other", "another secret");
        Files.writeString(bakery.base(), "base");
        bakery.template("image", STEP);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        bakery.close();
        assertThat(bakery.processes()).isEmpty();
        if (Files.exists(directory.resolve("r"))) {
            assertThat(bakery.runs()).as("run directories").isEmpty();
        }
    }

    private static String input(String more) {
        return "{'template':'image','variables':{'release':'1.4.2'}" + more + "}";
    }

    @Test
    void anImageIsBakedWithChecksumsAndProvenance() throws Exception {
        WorkerService worker = bakery.open("");
        TestJob job = Bakery.job(worker, input(",'only':['file.image']"));
        TestResult result = Bakery.run(worker, job);
        JsonNode output = result.requireOutput();
        Contract contract = worker.handled().get(0).contract();
        assertThat(SchemaCheck.of(contract.outputSchema(), "output").violations(output))
                .isEmpty();
        Path files = Path.of(output.get("directory").asText());
        assertThat(files.resolve("image.txt")).hasContent("1.4.2 1 tcg");
        assertThat(files)
                .isEqualTo(
                        directory.resolve("artifacts/" + output.get("bakeKey").asText() + "/files"));
        assertThat(output.get("reused").asBoolean()).isFalse();
        assertThat(output.get("jobId").asText()).isEqualTo(job.jobId().toString());
        assertThat(output.at("/files/0/path").asText()).isEqualTo("image.txt");
        assertThat(output.at("/files/0/size").asInt()).isEqualTo(11);
        assertThat(output.at("/files/0/sha256").asText()).isEqualTo(Digests.of(files.resolve("image.txt")));
        assertThat(output.at("/files/1/path").asText()).isEqualTo("packages.txt");
        assertThat(output.at("/artifacts/0/build").asText()).isEqualTo("file.image");
        assertThat(output.at("/artifacts/0/builderId").asText()).isEqualTo("packer.file");
        assertThat(output.at("/artifacts/0/description").asText()).isEqualTo("Stored file: " + files + "/image.txt");
        assertThat(output.at("/artifacts/0/files/0").asText()).isEqualTo("image.txt");
        assertThat(output.at("/provenance/packages/lines").toString()).isEqualTo("[\"a 1\",\"b 2\"]");
        assertThat(output.at("/provenance/baseImage/sha256").asText()).isEqualTo(Digests.of(bakery.base()));
        assertThat(output.at("/provenance/packerVersion").asText()).matches("\\d+\\.\\d+\\.\\d+.*");
        assertThat(output.at("/provenance").has("git")).isFalse();
        assertThat(output.at("/variables").toString()).isEqualTo("{\"accelerator\":\"tcg\",\"release\":\"1.4.2\"}");
        assertThat(output.at("/secrets/password").asText()).isEqualTo("build");
        assertThat(result.progress())
                .anySatisfy(each -> assertThat(each.message()).contains("Running local shell"));
        assertThat(result.log()).anySatisfy(line -> assertThat(line).endsWith("warning"));
    }

    @Test
    void aSecretIsGivenToTheBuildAndToldNowhere() throws Exception {
        bakery.template(
                "image",
                STEP + "test \"$PASSWORD\" = '" + SECRET + "' || exit 3\nprintenv > \"$OUT/environment\"\n"
                        + "for each in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $each; echo; done | grep ^/usr/bin/packer"
                        + " > \"$MARKS/arguments\"\n");
        WorkerService worker = bakery.open("");
        TestResult result = Bakery.run(worker, input(",'only':['file.image']"));
        JsonNode output = result.requireOutput();
        assertThat(output.toString()).doesNotContain("s3cr3t");
        assertThat(result.log()).noneSatisfy(line -> assertThat(line).contains("s3cr3t"));
        assertThat(result.log()).anySatisfy(line -> assertThat(line).contains("password is [REDACTED]"));
        assertThat(result.progress())
                .noneSatisfy(each -> assertThat(each.message()).contains("s3cr3t"));
        Path bake = Path.of(output.get("directory").asText());
        assertThat(Files.readString(bake.resolveSibling("bake.json"))).doesNotContain("s3cr3t");
        assertThat(Files.readString(bake.resolve("environment")))
                .as("nothing of the worker's own environment, and Packer's log is off")
                .contains("CHECKPOINT_DISABLE=1")
                .doesNotContain("JAVA", "MAVEN", "PACKER_LOG=1");
        assertThat(Files.readString(directory.resolve("arguments")))
                .contains("-var-file=" + directory)
                .doesNotContain("s3cr3t", "1.4.2");

        bakery.template("image", "echo \"failed with $PASSWORD\" >&2; exit 1");
        Failure failure = Bakery.run(worker, input("")).requireFailure(ErrorCategory.REJECTED);
        assertThat(failure.message()).contains("failed with [REDACTED]").doesNotContain("s3cr3t");

        JsonNode other = Bakery.run(worker, input(",'secrets':{'password':'other'},'only':['null.check']"))
                .requireOutput();
        assertThat(other.at("/secrets/password").asText()).isEqualTo("other");
    }

    @Test
    void textsReachTheTemplateAsTheyAre() throws Exception {
        WorkerService worker = bakery.open("");
        String text = "${1 + 1} %{ if true }x%{ endif } `id` $(id) \\\" ; é";
        JsonNode output = Bakery.run(
                        worker, "{'template':'image','variables':{'release':'" + text + "'},'only':['file.image']}")
                .requireOutput();
        assertThat(Path.of(output.get("directory").asText(), "image.txt"))
                .hasContent(text.replace("\\\"", "\"") + " 1 tcg");
    }

    @Test
    void theSameIsBakedOnceAndAgainIfItIsForcedDamagedOrChanged() throws Exception {
        WorkerService worker = bakery.open("");
        String input = input(",'only':['file.image']");
        JsonNode first = Bakery.run(worker, input).requireOutput();
        JsonNode second = Bakery.run(worker, input).requireOutput();
        assertThat(second.get("reused").asBoolean()).isTrue();
        assertThat(second.get("jobId")).isEqualTo(first.get("jobId"));
        assertThat(second.get("files")).isEqualTo(first.get("files"));
        assertThat(bakery.marks()).hasSize(1);

        TestJob forced = Bakery.job(worker, input(",'only':['file.image'],'force':true"));
        JsonNode third = Bakery.run(worker, forced).requireOutput();
        assertThat(third.get("bakeKey")).isEqualTo(first.get("bakeKey"));
        assertThat(third.get("reused").asBoolean()).isFalse();
        assertThat(bakery.marks()).hasSize(2);
        assertThat(Bakery.run(worker, forced.withAttempt(2))
                        .requireOutput()
                        .get("reused")
                        .asBoolean())
                .as("the same job again, its outcome lost")
                .isTrue();

        Files.writeString(Path.of(third.get("directory").asText(), "image.txt"), "1.4.2 1 tcx");
        TestResult damaged = Bakery.run(worker, input);
        assertThat(damaged.requireOutput().get("reused").asBoolean()).isFalse();
        assertThat(damaged.log())
                .anySatisfy(line -> assertThat(line).contains("does not meet its checksums: image.txt"));
        assertThat(bakery.marks()).hasSize(3);

        Files.writeString(bakery.base(), "another base");
        JsonNode other = Bakery.run(worker, input).requireOutput();
        assertThat(other.get("bakeKey")).isNotEqualTo(first.get("bakeKey"));
        assertThat(bakery.marks()).hasSize(4);
        assertThat(bakery.bakes()).as("one of each key, none half made").hasSize(2);
    }

    @Test
    void twoJobsWithTheSameKeyBakeOnce() throws Exception {
        bakery.template("image", STEP + "until [ -e \"$MARKS/go\" ]; do sleep 0.1; done\n");
        WorkerService one = bakery.open("");
        WorkerService two = bakery.open("");
        String input = input(",'only':['file.image']");
        CompletableFuture<TestResult> first = CompletableFuture.supplyAsync(() -> Bakery.run(one, input));
        await().atMost(PATIENCE).until(() -> bakery.marks().size() == 1);
        CompletableFuture<TestResult> second = CompletableFuture.supplyAsync(() -> Bakery.run(two, input));
        await().atMost(PATIENCE).until(() -> bakery.runs().size() == 2);
        Files.createFile(directory.resolve("go"));
        assertThat(first.get().requireOutput().get("reused").asBoolean()).isFalse();
        assertThat(second.get().requireOutput().get("reused").asBoolean()).isTrue();
        assertThat(bakery.marks()).hasSize(1);
    }

    @Test
    void anAttemptOutOfTimeLeavesNoProcessAndNoHalfMadeBake() throws Exception {
        bakery.template("image", STEP + "echo half > \"$OUT/half\"\nsetsid sleep 600 &\nsleep 600\n");
        WorkerService worker = bakery.open("cancelGrace: PT5S");
        // The handler, whose clock is the system's, is over its time as soon as it is interrupted.
        MovingClock clock = MovingClock.at(Instant.now().minusSeconds(3_600));
        RunningJob running = Bakery.job(worker, input(""))
                .withClock(clock)
                .withTimeout(Duration.ofSeconds(6))
                .start(worker.handled().get(0).handler());
        await().atMost(PATIENCE).until(() -> bakery.marks().size() == 1);
        clock.advance(Duration.ofSeconds(6));
        TestResult result = running.await();
        assertThat(result.requireFailure(ErrorCategory.TIMEOUT).code()).isEqualTo("attempt-timeout");
        assertThat(result.log())
                .anySatisfy(line -> assertThat(line).contains("the time of the attempt is over: Packer and all its"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                ": ; | PT30S | Cancelling build after receiving terminated",
                "trap '' TERM INT; | PT0.2S | Running local shell script",
            })
    void aCancelledBuildIsEndedWhetherItWantsOrNot(String trap, String grace, String said) throws Exception {
        bakery.template(
                "image",
                trap + " echo half > \"$OUT/half\"; setsid sleep 600 & echo baked >> \"$MARKS/marks\"\n"
                        + "while :; do sleep 1; done\n");
        WorkerService worker = bakery.open("cancelGrace: " + grace);
        WaitingJob job = new WaitingJob(Bakery.job(worker, input("")));
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                worker.handled().get(0).handler().handle(job);
                thrown.complete(new AssertionError("it ended well"));
            } catch (Throwable t) {
                thrown.complete(t);
            }
        });
        thread.start();
        await().atMost(PATIENCE).until(() -> bakery.marks().size() == 1);
        assertThat(bakery.processes()).isNotEmpty();
        assertThat(bakery.bakes()).hasSize(1);
        thread.interrupt();
        assertThat(thrown.get()).isInstanceOfSatisfying(JobFailedException.class, e -> {
            assertThat(e.code()).isEqualTo("cancelled");
            assertThat(e).hasMessageContaining("what was half made was deleted");
        });
        assertThat(job.lines).anySatisfy(line -> assertThat(line).contains(said));
        assertThat(bakery.processes()).isEmpty();
        assertThat(bakery.bakes()).isEmpty();
    }

    @Test
    void theCheckoutOfTheTemplateIsTold() throws Exception {
        Path template = directory.resolve("templates/image");
        git(template, "init", "--quiet");
        git(template, "add", "--all");
        git(template, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=one");
        WorkerService worker = bakery.open("");
        String input = input(",'only':['null.check']");
        JsonNode clean = Bakery.run(worker, input).requireOutput();
        assertThat(clean.at("/provenance/git/revision").asText()).matches("[0-9a-f]{40}");
        assertThat(clean.at("/provenance/git/dirty").asBoolean(true)).isFalse();
        Files.writeString(template.resolve("new.sh"), "");
        JsonNode dirty = Bakery.run(worker, input).requireOutput();
        assertThat(dirty.at("/provenance/git/dirty").asBoolean()).isTrue();
        assertThat(dirty.get("bakeKey")).isNotEqualTo(clean.get("bakeKey"));
    }

    private static void git(Path template, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("/usr/bin/git"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(template.toFile()).inheritIO();
        builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
        assertThat(builder.start().waitFor()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'template':'other'} | REJECTED | template-missing | known are [image]",
                "{'template':'image'} | INVALID_INPUT | variable-missing | variable release",
                "{'template':'image','variables':{'release':'1.4.2','zip':1,'zap':1}} | INVALID_INPUT | variable-unknown | zap, zip; it has accelerator, count",
                "{'template':'image','variables':{'release':'1'}} | INVALID_INPUT | variable-invalid | variable release does not meet the template: Error: Invalid value",
                "{'template':'image','variables':{'release':['1.4.2']}} | INVALID_INPUT | variable-invalid | variable release does not meet",
                "{'template':'image','variables':{'release':'1.4.2','count':'many'}} | INVALID_INPUT | variable-invalid | variable count does not meet",
                "{'template':'image','variables':{'release':'1.4.2','accelerator':'kvm'}} | INVALID_INPUT | variable-fixed | accelerator",
                "{'template':'image','variables':{'release':'1.4.2','password':'x'}} | INVALID_INPUT | variable-sensitive | password",
                "{'template':'image','variables':{'release':'1.4.2'},'only':['null.other']} | INVALID_INPUT | no-builds | nothing was baked",
            })
    void whatIsWrongWithTheInputIsToldAndNothingIsBaked(
            String input, ErrorCategory category, String code, String message) throws Exception {
        WorkerService worker = bakery.open("");
        Failure failure = Bakery.run(worker, input).requireFailure(category);
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure.message()).contains(message).doesNotContain("s3cr3t", directory + "/r");
        assertThat(bakery.marks()).isEmpty();
        assertThat(bakery.bakes()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "exit 7 | REJECTED | build-failed | non-zero exit status: 7",
                "echo oops >&2; exit 1 | REJECTED | build-failed | oops",
                "cat /proc/version > /dev/full | UNAVAILABLE | disk-full | No space left on device",
                "head -c 3000000 /dev/zero > $OUT/big | LIMIT_EXCEEDED | file-too-large | maxFileBytes",
                "ln -s /etc/passwd $OUT/link | REJECTED | artifact | link, which is no file",
                "kill -9 $PPID; sleep 1 | REJECTED | build-failed | file.image",
            })
    void failuresOfABuildHaveACategoryAndTheBuildersWords(
            String script, ErrorCategory category, String code, String message) throws Exception {
        bakery.template("image", script.replace("$OUT/big", "\"$OUT/big\""));
        WorkerService worker = bakery.open("maxFileBytes: 2000000");
        Failure failure = Bakery.run(worker, input("")).requireFailure(category);
        assertThat(failure.code()).as(failure.message()).isEqualTo(code);
        assertThat(failure.message()).contains(message).doesNotContain(directory + "/r");
        assertThat(bakery.bakes()).isEmpty();
    }

    @Test
    void templatesAndMachinesThatCannotBakeAreTold() throws Exception {
        WorkerService worker = bakery.open("");
        Path hcl = directory.resolve("templates/image/image.pkr.hcl");
        String whole = Files.readString(hcl);
        Files.writeString(hcl, "nonsense {");
        assertThat(Bakery.run(worker, input(""))
                        .requireFailure(ErrorCategory.REJECTED)
                        .code())
                .isEqualTo("template-invalid");
        Files.writeString(hcl, whole.replace("sensitive = true", ""));
        assertThat(Bakery.run(worker, input(""))
                        .requireFailure(ErrorCategory.REJECTED)
                        .message())
                .contains("variable password is given a secret and is not declared as sensitive")
                .doesNotContain("s3cr3t");
        Files.writeString(hcl, whole.replace("\"accelerator\"", "\"driver\"").replace("var.accelerator", "var.driver"));
        assertThat(Bakery.run(worker, input(""))
                        .requireFailure(ErrorCategory.REJECTED)
                        .message())
                .contains("it does not declare accelerator");
        Files.writeString(hcl, whole.replace("communicator = \"none\"", "nonsense = 1"));
        Failure invalid = Bakery.run(worker, input("")).requireFailure(ErrorCategory.INVALID_INPUT);
        assertThat(invalid.code()).isEqualTo("validate-failed");
        assertThat(invalid.message()).contains("nonsense").doesNotContain(directory + "/r");
        Files.writeString(
                hcl,
                whole.replace("${var.output_directory}/image.txt", directory + "/elsewhere.txt")
                        .replace("only             = [\"file.image\"]", "only = []"));
        Files.writeString(directory.resolve("templates/image/step.sh"), "true");
        Failure elsewhere = Bakery.run(worker, input("")).requireFailure(ErrorCategory.REJECTED);
        assertThat(elsewhere.code()).isEqualTo("artifact");
        assertThat(elsewhere.message()).contains("elsewhere.txt");

        Files.writeString(hcl, whole);
        bakery.secret("build", "short\n");
        assertThat(Bakery.run(worker, input(""))
                        .requireFailure(ErrorCategory.REJECTED)
                        .code())
                .isEqualTo("secret");
        bakery.secret("build", SECRET);
        assertThat(Bakery.run(bakery.open("packer: /no/such/packer"), input(""))
                        .requireFailure(ErrorCategory.UNAVAILABLE)
                        .code())
                .isEqualTo("packer-missing");
        bakery.minFreeBytes = Long.MAX_VALUE;
        Failure full = Bakery.run(bakery.open(""), input("")).requireFailure(ErrorCategory.UNAVAILABLE);
        assertThat(full.code()).isEqualTo("disk-full");
        assertThat(bakery.bakes()).isEmpty();
    }

    @Test
    void exampleIsBakedAndTheOtherIsValid() throws Exception {
        Path examples = Path.of("examples").toAbsolutePath();
        WorkerService worker = bakery.open("""
                  report: { directory: %s }
                  service: { directory: %s, secrets: { ssh_password: [build] } }
                """.formatted(examples.resolve("report"), examples.resolve("service")));
        JsonNode output = Bakery.run(worker, "{'template':'report','variables':{'release':'1.4.2'}}")
                .requireOutput();
        assertThat(Path.of(output.get("directory").asText(), "report.txt")).hasContent("release 1.4.2");
        assertThat(output.at("/provenance/packages/count").asInt()).isEqualTo(1);
        Failure rule = Bakery.run(worker, "{'template':'service','variables':{'release':'1.4'}}")
                .requireFailure(ErrorCategory.INVALID_INPUT);
        assertThat(rule.message()).contains("variable release does not meet the template");
        packer(
                "validate",
                "-var=release=1.4.2",
                "-var=output_directory=/nowhere",
                "-var=ssh_password=not-used",
                "-var=iso_checksum=sha256:" + "0".repeat(64),
                examples.resolve("service").toString());
        try (Stream<Path> files = Files.walk(examples)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                packer("fmt", "-check", file.toString());
            }
        }
    }

    private static void packer(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("/usr/bin/packer"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().put("CHECKPOINT_DISABLE", "1");
        assertThat(builder.start().waitFor()).as("%s", command).isZero();
    }
}
