package io.plainsail.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContractFormatTest {
    private static final Contract ECHO = ContractLoader.fromClassPath(ContractFormatTest.class, "test.echo", 1);

    @Test
    void contractIsLoadedFromItsThreeFiles() {
        assertThat(ECHO.jobType()).isEqualTo(new JobType("test.echo", 1));
        assertThat(ECHO.timeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(ECHO.effectClass()).isEqualTo(EffectClass.PURE);
        assertThat(ECHO.retry().attempts()).isEqualTo(3);
        assertThat(ECHO.examples()).hasSize(1);
        assertThat(ECHO.digest()).matches("sha-256:[0-9a-f]{64}");
    }

    @Test
    void contractSurvivesTheWire() throws Exception {
        byte[] wire = StrictJson.mapper().writeValueAsBytes(ContractFormat.write(ECHO));

        assertThat(ContractFormat.read(StrictJson.read(wire))).isEqualTo(ECHO);
    }

    @Test
    void wordsMayChangeWithoutChangingTheDigest() {
        ObjectNode reworded = ContractFormat.write(ECHO).put("title", "Parrot");
        ObjectNode respelled = ContractFormat.write(ECHO).put("timeout", "PT0M30S");
        ObjectNode tightened = ContractFormat.write(ECHO).put("maxInputBytes", 10);

        assertThat(ContractFormat.read(reworded).digest()).isEqualTo(ECHO.digest());
        assertThat(ContractFormat.read(respelled).digest()).isEqualTo(ECHO.digest());
        assertThat(ContractFormat.read(tightened).digest()).isNotEqualTo(ECHO.digest());
    }

    @ParameterizedTest(name = "{0} = {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "type           | \"Echo\"                          | type is \"Echo\"",
                "version        | 0                               | version is 0",
                "version        | 1.5                             | version is NUMBER",
                "timeout        | \"PT0.5S\"                        | timeout is PT0.5S",
                "timeout        | \"soon\"                          | ISO 8601",
                "effectClass    | \"harmless\"                      | effectClass is \"harmless\"",
                "maxInputBytes  | 0                               | maxInputBytes is 0",
                "maxOutputBytes | -1                              | maxOutputBytes is -1",
                "sunset         | \"tomorrow\"                      | sunset is \"tomorrow\"",
                "deprecated     | 5                               | deprecated is NUMBER",
                "examples       | []                              | examples is empty",
                "examples       | [{\"name\":\"x\",\"input\":{}}]      | breaks required",
                "inputSchema    | {\"type\":\"objekt\"}               | input schema",
                "inputSchema    | {\"$ref\":\"http://x.test/s.json\"} | nothing is fetched",
                "inputSchema    | {\"properties\":{\"a\":{\"$ref\":\"file:///etc/passwd\"}}} | nothing is fetched",
                "inputSchema    | {\"$schema\":\"http://json-schema.org/draft-07/schema#\"} | $schema is",
                "owner          | \"  \"                            | owner must hold",
                "retry          | {\"attempts\":0,\"backoff\":\"PT1S\",\"maxBackoff\":\"PT1S\"} | attempts is 0",
                "retry          | {\"attempts\":1,\"backoff\":\"PT2S\",\"maxBackoff\":\"PT1S\"} | maxBackoff is PT1S",
                "surprise       | 1                               | unknown field"
            })
    void brokenContractIsRefusedWithFieldAndRule(String field, String json, String told) {
        ObjectNode broken = ContractFormat.write(ECHO);
        broken.set(field, StrictJson.read(json.getBytes(StandardCharsets.UTF_8)));

        assertThatThrownBy(() -> ContractFormat.read(broken))
                .isInstanceOf(InvalidContractException.class)
                .hasMessageContaining(told);
    }

    @Test
    void missingFileIsNamed() {
        assertThatThrownBy(() -> ContractLoader.fromClassPath(ContractFormatTest.class, "test.absent", 1))
                .hasMessageContaining("/contracts/test.absent/v1/contract.yaml");
    }

    @Test
    void violationsPointToTheirPlaces() {
        SchemaCheck check = SchemaCheck.of(ECHO.inputSchema(), "echo");

        assertThat(check.violations(json("{\"text\": 5, \"when\": \"yesterday\", \"a/b\": 1}")))
                .extracting(Violation::pointer, Violation::rule)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("/text", "type"),
                        org.assertj.core.groups.Tuple.tuple("/when", "format"),
                        org.assertj.core.groups.Tuple.tuple("/a~1b", "additionalProperties"));
        assertThat(check.violations(json("{\"text\": \"fine\"}"))).isEmpty();
    }

    @Test
    void findingsAreBounded() {
        StringBuilder many = new StringBuilder("{\"text\":\"x\"");
        for (int i = 0; i < 1_000; i++) {
            many.append(",\"k").append(i).append("\":1");
        }
        assertThat(SchemaCheck.of(ECHO.inputSchema(), "echo").violations(json(many + "}")))
                .hasSize(SchemaCheck.MAX_VIOLATIONS);
    }

    private static com.fasterxml.jackson.databind.JsonNode json(String text) {
        return StrictJson.read(text.getBytes(StandardCharsets.UTF_8));
    }
}
