package io.plainsail.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.testbed.FreePorts;
import io.plainsail.testbed.JavaProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a running Plainsail says of its interfaces, held against the field's linters and a generator of clients. */
@Timeout(300)
class DescriptionsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Path NODE = Path.of("/usr/bin/node");
    private static final Path SOURCES = Path.of("src/test/node").toAbsolutePath();

    private static final String REDOCLY = "node_modules/@redocly/cli/bin/cli.js";
    private static final String SPECTRAL = "node_modules/@stoplight/spectral-cli/dist/index.js";
    private static final String GENERATOR = "node_modules/openapi-typescript/bin/cli.js";
    private static final String TSC = "node_modules/typescript/bin/tsc";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    private static @Nullable JavaProcess standalone;
    private static String url = "";

    @BeforeAll
    static void start() throws Exception {
        skipWithoutTools();
        Files.createSymbolicLink(directory.resolve("node_modules"), SOURCES.resolve("node_modules"));
        int port = FreePorts.next();
        standalone = JavaProcess.of(StandaloneMain.class)
                .jvmOptions("-XX:+UseSerialGC", "-Xmx384m", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
                .arguments("--port", Integer.toString(port), "--data", directory.toString())
                .start();
        standalone.awaitOutput(Pattern.compile("Plainsail is ready at http://\\S+"), PATIENCE);
        url = "http://127.0.0.1:" + port;
        await().atMost(PATIENCE).until(() -> {
            JsonNode schemas = read("openapi").at("/components/schemas");
            return schemas.has("document.render.v1.request") && schemas.has("webhook.deliver.v1.request");
        });
        for (String document : List.of("openapi", "asyncapi")) {
            write(document + ".json", read(document));
        }
    }

    @AfterAll
    static void stop() {
        if (standalone != null) {
            standalone.close();
        }
    }

    private static void skipWithoutTools() {
        boolean there = Files.isExecutable(NODE) && Files.exists(SOURCES.resolve(SPECTRAL));
        String missing =
                "no " + NODE + ", or nothing in " + SOURCES + "/node_modules. `./plainsail test` installs them";
        if (!there && "true".equals(System.getenv("CI"))) {
            throw new AssertionError(missing);
        }
        Assumptions.assumeTrue(there, missing);
    }

    /** Without a key. */
    private static JsonNode read(String document) throws Exception {
        return new ApiClient(url).get("/" + document + ".json");
    }

    private static void write(String file, JsonNode document) throws Exception {
        Files.writeString(directory.resolve(file), document.toString());
    }

    private record Ran(int exit, String output) {}

    /** Runs a script in the directory of the documents; without what might make it ask somebody on the network. */
    private static Ran node(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(NODE.toString()));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile(directory, "node", ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("CI", "true");
        builder.environment().put("REDOCLY_TELEMETRY", "off");
        builder.environment().put("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
        Process process = builder.start();
        try {
            boolean ended = process.waitFor(120, TimeUnit.SECONDS);
            assertThat(ended).as(command + " ends").isTrue();
            return new Ran(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            process.destroyForcibly();
        }
    }

    private static String succeeds(String... arguments) throws Exception {
        Ran ran = node(arguments);
        assertThat(ran.exit()).as(ran.output()).isZero();
        return ran.output();
    }

    private static Ran redocly(String document) throws Exception {
        return node(
                REDOCLY,
                "lint",
                document,
                "--config",
                SOURCES.resolve("redocly.yaml").toString());
    }

    private static Ran spectral(String document) throws Exception {
        String rules = SOURCES.resolve("spectral.yaml").toString();
        return node(SPECTRAL, "lint", document, "--ruleset", rules, "--fail-severity", "hint");
    }

    @Test
    void redoclyFindsNothingWrong() throws Exception {
        Ran ran = redocly("openapi.json");
        assertThat(ran.exit()).as(ran.output()).isZero();

        ObjectNode wrong = StrictJson.mapper()
                .readTree(directory.resolve("openapi.json").toFile())
                .deepCopy();
        ((ObjectNode) wrong.at("/paths/~1v1~1jobs/get")).remove("responses");
        write("wrong-redocly.json", wrong);
        assertThat(redocly("wrong-redocly.json").exit())
                .as("of a wrong document")
                .isNotZero();
    }

    @Test
    void spectralFindsNothingWrong() throws Exception {
        for (String document : List.of("openapi", "asyncapi")) {
            Ran ran = spectral(document + ".json");
            assertThat(ran.exit()).as(ran.output()).isZero();

            ObjectNode wrong = StrictJson.mapper()
                    .readTree(directory.resolve(document + ".json").toFile())
                    .deepCopy();
            ((ObjectNode) wrong.get("info")).remove("title");
            write("wrong-" + document + ".json", wrong);
            assertThat(spectral("wrong-" + document + ".json").exit())
                    .as("of a wrong document")
                    .isNotZero();
        }
    }

    @Test
    void aClientGeneratedForTypeScriptSubmitsAJob() throws Exception {
        Files.copy(SOURCES.resolve("submit.mts"), directory.resolve("submit.mts"));
        // An object of any kind has unknown fields, and not none; what has a default may be left out.
        succeeds(
                GENERATOR,
                "openapi.json",
                "--output",
                "plainsail.ts",
                "--empty-objects-unknown",
                "--default-non-nullable=false");
        succeeds(TSC, "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "submit.mts");
        String key = Files.readString(directory.resolve("admin.key")).strip();
        JsonNode told = StrictJson.read(succeeds("submit.mjs", url, key).strip().getBytes(StandardCharsets.UTF_8));

        assertThat(told.get("refused").asText()).isEqualTo("urn:plainsail:problem:invalid-job");
        assertThat(told.get("at").asText()).isEqualTo("/input/template");
        assertThat(told.get("status").asInt()).isEqualTo(202);
        assertThat(told.get("state").asText()).isEqualTo("succeeded");
        assertThat(told.get("mediaType").asText()).startsWith("text/html");
        assertThat(told.get("result").asText()).contains("Dear Zoë");
        JsonNode job = new ApiClient(url, directory.resolve("admin.key"))
                .get("/v1/jobs/" + told.get("id").asText());
        assertThat(job.at("/labels/from").asText()).isEqualTo("typescript");
    }
}
