package io.plainsail.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.testbed.FreePorts;
import io.plainsail.testbed.JavaProcess;
import io.plainsail.testbed.PrivateRabbitMq;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** docs/write-a-worker.md, done in a copy of the tree. */
@Timeout(600)
class NewWorkerIT {
    private static final Path TOP = Path.of("..").toAbsolutePath().normalize();
    private static final Path PAGE = TOP.resolve("docs/write-a-worker.md");
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Pattern COMMAND = Pattern.compile("<!-- command -->\n```\n(.*)\n```");
    private static final Pattern SNIPPET = Pattern.compile("<!-- from: (\\S+) -->\n```\\w+\n(.*?)```", Pattern.DOTALL);

    /** What was built stays built in the copy, but for what is built or written to while this runs. */
    private static final Set<String> LEFT_OUT =
            Set.of(".git", ".plainsail", "app", "surefire-reports", "failsafe-reports", "surefire", "failsafe");

    @TempDir
    static Path copy;

    private record Ended(int status, String said) {}

    @BeforeAll
    static void make() throws Exception {
        copyTree();
        Matcher command = COMMAND.matcher(Files.readString(PAGE));
        assertThat(command.find()).isTrue();
        Ended made = run("bash", "-c", command.group(1));
        assertThat(made.status()).as(made.said()).isZero();
    }

    private static void copyTree() throws IOException {
        Files.walkFileTree(TOP, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                boolean ofTests = directory.equals(TOP.resolve("standalone/target"));
                if (ofTests || LEFT_OUT.contains(directory.getFileName().toString())) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectories(copy.resolve(TOP.relativize(directory).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, copy.resolve(TOP.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static Ended run(String... words) throws Exception {
        Process process = new ProcessBuilder(words)
                .directory(copy.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), said);
    }

    @Test
    void everyPieceOfCodeOnThePageStandsInTheTree() throws Exception {
        Matcher snippet = SNIPPET.matcher(Files.readString(PAGE));
        int count = 0;
        for (; snippet.find(); count++) {
            assertThat(Files.readString(copy.resolve(snippet.group(1))))
                    .as(snippet.group(1))
                    .contains(snippet.group(2));
        }
        assertThat(count).isGreaterThanOrEqualTo(7);
    }

    @Test
    void theNewWorkerBuildsPassesItsTestsAndRunsAtOnce() throws Exception {
        if (!PrivateRabbitMq.isInstalled()) {
            assertThat(System.getenv("CI"))
                    .as("RabbitMQ must be installed in CI")
                    .isNull();
            Assumptions.abort("RabbitMQ is not installed: ./plainsail test installs it");
        }
        Ended built = run(
                "mvn",
                "--batch-mode",
                "--offline",
                "--projects",
                "workers/greeter",
                "--also-make",
                // By the times of files: what the copy has of other modules is up to date.
                "-Dmaven.compiler.useIncrementalCompilation=false",
                "-Dtest=Greet*Test",
                "-Dit.test=Greet*IT",
                "-Dsurefire.failIfNoSpecifiedTests=false",
                "-Dfailsafe.failIfNoSpecifiedTests=false",
                "verify");
        assertThat(built.status()).as(built.said()).isZero();
        assertThat(built.said())
                .contains("GreetingRenderHandlerTest", "GreeterConfigTest", "GreeterWorkerIT")
                .doesNotContain("Skipped: 1");

        int port = FreePorts.next();
        ApiClient api = new ApiClient("http://127.0.0.1:" + port, copy.resolve(".plainsail/admin.key"));
        try (JavaProcess dev = JavaProcess.of(StandaloneMain.class)
                .classPath(System.getProperty("java.class.path")
                        + File.pathSeparator
                        + copy.resolve("workers/greeter/target/classes"))
                .jvmOptions("-XX:+UseSerialGC", "-Xmx384m", "-XX:TieredStopAtLevel=1")
                .arguments(
                        "--port",
                        Integer.toString(port),
                        "--data",
                        copy.resolve(".plainsail").toString())
                .environment("PLAINSAIL_GREETER_GREETING", "Ahoy")
                .start()) {
            String workers =
                    dev.awaitOutput(Pattern.compile("Workers: (.*)"), PATIENCE).group(1);
            assertThat(workers.split(", ")).contains("greeter", "document", "webhook");
            JsonNode job = StrictJson.read(api.submit("{\"type\": \"greeting.render\", \"input\": {\"name\": \"Ada\"}}")
                    .body());
            String path = "/v1/jobs/" + job.get("id").asText();
            await().atMost(PATIENCE).until(() -> api.get(path).has("finishedAt"));
            assertThat(api.get(path).at("/output/greeting").asText()).isEqualTo("Ahoy, Ada!");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    worker Greeter --type a.b                     | 1 | the name is "Greeter": must be lower-case
                    worker ../x --type a.b                        | 1 | the name is "../x": must be lower-case
                    worker 'a b' --type a.b                       | 1 | must be lower-case
                    worker class --type a.b                       | 1 | must not be a word of the Java language
                    worker webhook --type a.b                     | 1 | workers/webhook is there already
                    worker green-house --type nodots              | 1 | the type is "nodots": must be lower-case words joined by dots
                    worker green-house --type 'a.b;rm'            | 1 | must be lower-case words joined by dots
                    worker green-house --type webhook.deliver     | 1 | it has a contract already, in workers/webhook
                    worker green-house                            | 2 | usage:
                    house green-house --type a.b                  | 2 | usage:
                    worker green-house --type a.b --colour red    | 2 | usage:
                    """)
    void whatIsAskedWronglyIsSaidAndNothingIsWritten(String words, int status, String said) throws Exception {
        String before = Files.readString(copy.resolve("pom.xml"));
        Ended ended = run("bash", "-c", "./plainsail new " + words);
        assertThat(ended.status()).as(ended.said()).isEqualTo(status);
        assertThat(ended.said()).contains(said);
        assertThat(copy.resolve("workers/green-house")).doesNotExist();
        assertThat(Files.readString(copy.resolve("pom.xml"))).isEqualTo(before);
        try (var left = Files.list(copy.resolve("workers"))) {
            assertThat(left.map(path -> path.getFileName().toString())).noneMatch(name -> name.startsWith("."));
        }
    }
}
