package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.plainsail.messaging.trace.OtlpHeaders;
import io.plainsail.messaging.trace.TracingConfig;
import io.plainsail.testbed.TestAuthority;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigFileTest {
    @TempDir
    Path directory;

    /** A handler's configuration, with defaults in {@code ToolConfig.yml} beside this class. */
    record ToolConfig(
            String path, Duration patience, @Nullable Integer level, List<String> flags, Secret key) {
        ToolConfig {
            if (path.isBlank()) {
                throw new IllegalArgumentException("path is \"\": must name a program (default /bin/true)");
            }
        }
    }

    private Path file(String yaml) throws IOException {
        return Files.writeString(directory.resolve("worker.yml"), yaml);
    }

    private ConfigFile<ToolConfig> read(String yaml, Map<String, String> environment) throws IOException {
        return ConfigFile.read(file(yaml), ToolConfig.class, environment);
    }

    private void refused(String yaml, String... parts) {
        assertThatThrownBy(() -> read(yaml, Map.of()))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContainingAll(parts);
    }

    @Test
    void defaults() {
        WorkerConfig config = WorkerConfig.defaults(Map.of());
        assertThat(config)
                .isEqualTo(new WorkerConfig(
                        "",
                        URI.create("http://127.0.0.1:8080"),
                        new Secret(""),
                        "",
                        new WorkerConfig.Amqp(new Secret("amqp://guest:guest@127.0.0.1:5672/%2f"), ""),
                        new WorkerConfig.Attempts(
                                0,
                                0,
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(1),
                                16,
                                2_000,
                                256 * 1024,
                                32 * 1024,
                                4 * 1024 * 1024),
                        new WorkerConfig.Events(
                                Duration.ofMillis(5), 500, 256 * 1024, 20_000, 8 * 1024 * 1024, Duration.ofSeconds(30)),
                        TracingConfig.OFF,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(10),
                        new WorkerConfig.Admin("127.0.0.1", 0),
                        LogFormat.PLAIN,
                        "info"));
    }

    @Test
    void everyFieldCanBeSet() throws IOException {
        TestAuthority authority = TestAuthority.in(directory);
        ConfigFile<ToolConfig> config =
                read("""
                release: 1.2.3
                facadeUrl: https://jobs.example/base/
                facadeKey: psk_a_b
                facadeCaFile: ${CA}
                amqp:
                  uri: amqps://u:p@one:5671/x,amqps://u:p@two:5671/x
                  caFile: ${CA}
                attempts:
                  concurrency: 3
                  prefetch: 7
                  abandonGrace: PT1S
                  heartbeatEvery: PT2S
                  checkEvery: PT0.5S
                  maxAbandoned: 1
                  maxLogLines: 2
                  maxLogBytes: 3
                  inlineBytes: 4
                  maxOutputBytes: 5000
                events:
                  flushInterval: PT0.1S
                  flushEvents: 6
                  flushBytes: 7000
                  maxSpareEvents: 800
                  maxSpareBytes: 90000
                  announceEvery: PT10S
                tracing:
                  endpoint: https://traces.example:4318
                  sampleRatio: 0.25
                  headers: x-key=hidden
                  headersFile: /run/headers
                drainGrace: PT3S
                drainHandBack: PT4S
                drainFlush: PT5S
                admin:
                  host: 0.0.0.0
                  port: 9000
                logFormat: JSON
                logLevel: debug
                handler:
                  path: /usr/bin/tool
                  patience: PT9S
                  level: 5
                  flags: [-a, "${FLAG:--b}"]
                  key: hidden
                """, Map.of("CA", authority.caFile().toString()));
        WorkerConfig worker = config.worker();
        assertThat(worker)
                .isEqualTo(new WorkerConfig(
                        "1.2.3",
                        URI.create("https://jobs.example/base/"),
                        new Secret("psk_a_b"),
                        authority.caFile().toString(),
                        new WorkerConfig.Amqp(
                                new Secret("amqps://u:p@one:5671/x,amqps://u:p@two:5671/x"),
                                authority.caFile().toString()),
                        new WorkerConfig.Attempts(
                                3,
                                7,
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(2),
                                Duration.ofMillis(500),
                                1,
                                2,
                                3,
                                4,
                                5_000),
                        new WorkerConfig.Events(Duration.ofMillis(100), 6, 7_000, 800, 90_000, Duration.ofSeconds(10)),
                        new TracingConfig(
                                "https://traces.example:4318", 0.25, OtlpHeaders.of("x-key=hidden", "/run/headers")),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(5),
                        new WorkerConfig.Admin("0.0.0.0", 9_000),
                        LogFormat.JSON,
                        "debug"));
        assertThat(config.handler())
                .isEqualTo(new ToolConfig(
                        "/usr/bin/tool", Duration.ofSeconds(9), 5, List.of("-a", "-b"), new Secret("hidden")));
    }

    @Test
    void theTestOfEveryFieldNamesEveryField() throws IOException {
        JsonNode standard = new YAMLMapper().readTree(ConfigFile.defaultsText());
        assertThat(standard.properties().stream().map(Map.Entry::getKey))
                .containsExactlyInAnyOrder(
                        "release",
                        "facadeUrl",
                        "facadeKey",
                        "facadeCaFile",
                        "amqp",
                        "attempts",
                        "events",
                        "tracing",
                        "drainGrace",
                        "drainHandBack",
                        "drainFlush",
                        "admin",
                        "logFormat",
                        "logLevel",
                        "handler");
    }

    @Test
    void anEmptyFileKeepsTheDefaultsAndSoDoesAFieldWithoutValue() throws IOException {
        assertThat(read("", Map.of()).worker()).isEqualTo(WorkerConfig.defaults(Map.of()));
        assertThat(read("attempts:\n  prefetch:\nevents:\n", Map.of()).worker())
                .isEqualTo(WorkerConfig.defaults(Map.of()));
    }

    @Test
    void theHandlersOwnDefaultsLieBetween() throws IOException {
        ToolConfig tool =
                read("handler:\n  level: 2\n", Map.of("TOOL_PATH", "/opt/tool")).handler();
        assertThat(tool)
                .isEqualTo(
                        new ToolConfig("/opt/tool", Duration.ofSeconds(7), 2, List.of("--quiet"), new Secret("none")));
    }

    @Test
    void environmentChangesDefaultsButIsNeverReadAsYaml() {
        WorkerConfig config = WorkerConfig.defaults(Map.of(
                "PLAINSAIL_AMQP_URI", "amqp://broker/x",
                "PLAINSAIL_FACADE_URL", "http://facade:1",
                "PLAINSAIL_FACADE_KEY", "psk_c_d",
                "PLAINSAIL_ADMIN_PORT", "9999",
                "PLAINSAIL_CONCURRENCY", "5",
                "PLAINSAIL_DRAIN_GRACE", "PT1M",
                "PLAINSAIL_LOG_FORMAT", "json",
                "PLAINSAIL_RELEASE", "{a: b}"));
        assertThat(config.amqp().uri().value()).isEqualTo("amqp://broker/x");
        assertThat(config.facadeUrl()).hasPort(1);
        assertThat(config.facadeKey().value()).isEqualTo("psk_c_d");
        assertThat(config.admin().port()).isEqualTo(9_999);
        assertThat(config.attempts().concurrency()).isEqualTo(5);
        assertThat(config.drainGrace()).isEqualTo(Duration.ofMinutes(1));
        assertThat(config.logFormat()).isEqualTo(LogFormat.JSON);
        assertThat(config.release()).isEqualTo("{a: b}");
    }

    @Test
    void authoritiesThatAreNoneAreRefusedAtTheStart() {
        refused("facadeCaFile: /absent/ca.pem", "/absent/ca.pem cannot be read");
        refused("amqp:\n  caFile: /absent/ca.pem", "amqp", "/absent/ca.pem cannot be read");
    }

    @Test
    void anUnknownFieldIsRefusedWithItsPlaceAndTheKnownOnes() {
        refused("drainGracy: PT1S", "worker.yml: drainGracy: unknown field", "drainGrace", "handler");
        refused("attempts:\n  concurency: 2", "attempts.concurency: unknown field", "concurrency");
        refused("handler:\n  colour: red", "handler.colour: unknown field", "patience");
    }

    @Test
    void handlersWithoutConfigurationRefuseAny() {
        assertThatThrownBy(() -> ConfigFile.read(file("handler:\n  x: 1"), NoHandlerConfig.class, Map.of()))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("handler.x: unknown field");
    }

    @ParameterizedTest
    @CsvSource({
        "attempts.concurrency, -1, 0 to 1000, 0",
        "attempts.prefetch, 10001, 0 to 10000, 0",
        "attempts.abandonGrace, PT11M, PT0S to PT10M, PT5S",
        "attempts.heartbeatEvery, PT11M, PT0.1S to PT10M, PT10S",
        "attempts.checkEvery, PT0.05S, PT0.1S to PT30S, PT1S",
        "attempts.maxAbandoned, -1, 0 to 1000, 16",
        "attempts.maxLogLines, -1, 0 to 100000, 2000",
        "attempts.maxLogBytes, -1, 0 to 16777216, 262144",
        "attempts.inlineBytes, 1048577, 0 to 1048576, 32768",
        "attempts.maxOutputBytes, 1, 1024 to 6291456, 4194304",
        "events.flushInterval, PT2S, PT0S to PT1S, PT0.005S",
        "events.flushEvents, 0, 1 to 10000, 500",
        "events.flushBytes, 0, 1024 to 1048576, 262144",
        "events.maxSpareEvents, 0, 100 to 1000000, 20000",
        "events.maxSpareBytes, 0, 65536 to 1073741824, 8388608",
        "events.announceEvery, PT0S, PT1S to PT1H, PT30S",
        "drainGrace, PT-1S, PT0S to PT24H, PT30S",
        "drainHandBack, PT2M, PT0S to PT1M, PT2S",
        "drainFlush, PT1H, PT0S to PT5M, PT10S",
        "admin.port, 70000, -1 to 65535, 0",
        "logLevel, loud, 'error, warn, info or debug', info",
        "facadeUrl, ftp://x, an http: or https: URL, http://127.0.0.1:8080",
        "attempts.concurrency, many, a whole number, 0",
        "drainGrace, 30s, an ISO 8601 duration such as PT30S, PT30S",
        "logFormat, xml, one of, plain"
    })
    void aValueOutOfRuleIsRefusedWithFieldValueRuleAndDefault(
            String field, String value, String rule, String standard) {
        assertThatThrownBy(() -> Jobs.config(field, value))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContainingAll(field + " is ", value, "must be ", rule, "(default " + standard + ")");
    }

    @Test
    void anAddressOfTheBrokerThatIsWrongIsRefusedWithoutShowingIt() {
        assertThatThrownBy(() -> Jobs.config("amqp.uri", "http://user:secret@host"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("amqp.uri")
                .hasMessageNotContaining("secret");
    }

    @Test
    void theHandlersOwnChecksNameTheirPlace() {
        refused("handler:\n  path: ''", "worker.yml: handler.path is \"\": must name a program");
        refused("handler:\n  patience: soon", "handler.patience is \"soon\"", "ISO 8601", "(default PT7S)");
    }

    @Test
    void brokenYamlIsRefused() {
        refused("a: [", "worker.yml: not YAML");
        refused("drainGrace: PT1S\ndrainGrace: PT2S", "not YAML");
        refused("- a\n- b", "must be a mapping");
        assertThatThrownBy(() -> ConfigFile.read(directory.resolve("none.yml"), ToolConfig.class, Map.of()))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("none.yml: cannot be read");
    }

    @Test
    void aVariableThatIsNotSetIsRefusedWithItsPlace() {
        refused("handler:\n  path: ${NOWHERE}", "handler.path is \"${NOWHERE}\"", "not set");
        refused("handler:\n  flags: ['${OPEN']", "handler.flags[0]", "must end with }");
    }

    @ParameterizedTest
    @CsvSource({
        "plain, plain",
        "${A}, one",
        "${A:-x}, one",
        "${B:-x}, x",
        "${EMPTY:-x}, x",
        "${B:-}, ''",
        "a ${A} b ${A:-c} d, a one b one d",
        "$${A}, ${A}",
        "$, $",
        "${LOOP}, ${A}"
    })
    void placeholdersAreFilledAsAShellWould(String text, String filled) {
        Map<String, String> environment = Map.of("A", "one", "EMPTY", "", "LOOP", "${A}");
        assertThat(Placeholders.fill(text, "field", environment)).isEqualTo(filled);
    }

    @Test
    void secretsAreNotPrinted() throws IOException {
        assertThat(read("handler:\n  key: hidden", Map.of()).toString())
                .doesNotContain("hidden")
                .doesNotContain("guest")
                .contains("[REDACTED]");
    }

    @Test
    void prefetchFollowsTheContractUnlessItIsSet() {
        long heap = 200L << 20;
        WorkerConfig config = Jobs.config("attempts.concurrency", "4");
        assertThat(config.prefetchFor(Jobs.bounded("PT30S", 100_000), heap)).isEqualTo(200);
        assertThat(config.prefetchFor(Jobs.bounded("PT3M", 100_000), heap)).isEqualTo(8);
        assertThat(Jobs.config("attempts.concurrency", "500").prefetchFor(Jobs.bounded("PT30S", 100_000), heap))
                .isEqualTo(1_000);
        assertThat(Jobs.config("attempts.prefetch", "3").prefetchFor(Jobs.bounded("PT30S", 100_000), heap))
                .isEqualTo(3);
    }

    @Test
    void aFullPrefetchOfTheLargestInputsLeavesRoomOnTheHeap() {
        WorkerConfig config = Jobs.config("attempts.concurrency", "4");
        assertThat(config.prefetchFor(Jobs.bounded("PT30S", 256 * 1024), 72L << 20))
                .isEqualTo(72);
        assertThat(config.prefetchFor(Jobs.bounded("PT30S", 4 * 1024 * 1024), 384L << 20))
                .isEqualTo(24);
        assertThat(config.prefetchFor(Jobs.bounded("PT30S", 4 * 1024 * 1024), 64L << 20))
                .as("two a lane")
                .isEqualTo(8);
    }
}
