package io.plainsail.contracts.compatibility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.contracts.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole contracts: policy, and which schema is held against which. */
class PolicyComparisonTest {
    private static final Contract ECHO = ContractLoader.fromClassPath(PolicyComparisonTest.class, "test.echo", 1);

    private static JsonNode json(String text) {
        return StrictJson.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Contract with(Contract contract, String pointer, String value) {
        ObjectNode document = ContractFormat.write(contract).deepCopy();
        int last = pointer.lastIndexOf('/');
        ((ObjectNode) document.at(pointer.substring(0, last))).set(pointer.substring(last + 1), json(value));
        return ContractFormat.read(document);
    }

    @ParameterizedTest(name = "{0}: {1} → {2} is {3}")
    @CsvSource({
        "/effectClass, '\"pure\"', '\"idempotent\"', incompatible",
        "/effectClass, '\"idempotent\"', '\"irreversible\"', incompatible",
        "/effectClass, '\"irreversible\"', '\"pure\"', compatible",
        "/timeout, '\"PT30S\"', '\"PT29S\"', incompatible",
        "/timeout, '\"PT30S\"', '\"PT1M\"', compatible",
        "/maxInputBytes, 1000, 999, incompatible",
        "/maxInputBytes, 1000, 1001, compatible",
        "/maxOutputBytes, 1000, 999, incompatible",
        "/maxOutputBytes, 1000, 1001, undecided",
        "/retry/attempts, 3, 2, undecided",
        "/retry/attempts, 3, 4, compatible",
        "/retry/maxBackoff, '\"PT1M\"', '\"PT30S\"', undecided",
        "/retry/backoff, '\"PT1S\"', '\"PT2S\"', compatible",
        "/sunset, '\"2027-06-30\"', '\"2027-05-31\"', undecided",
        "/sunset, '\"2027-06-30\"', '\"2027-07-31\"', compatible",
        "/deprecated, '\"2027-01-01\"', '\"2027-02-01\"', compatible",
        "/owner, '\"a\"', '\"b\"', compatible"
    })
    void eachPromiseHasItsRule(String pointer, String before, String after, String verdict) {
        Comparison comparison = Compatibility.compare(with(ECHO, pointer, before), with(ECHO, pointer, after));

        assertThat(comparison.verdict().word()).isEqualTo(verdict);
        if (comparison.verdict() == Verdict.COMPATIBLE) {
            assertThat(comparison.reasons()).isEmpty();
        } else {
            assertThat(comparison.reasons()).singleElement().satisfies(reason -> {
                assertThat(reason.side()).isEqualTo(Reason.Side.POLICY);
                assertThat(reason.pointer()).isEqualTo(pointer);
            });
        }
    }

    @Test
    void outputsAreHeldAgainstTheOldSchemaAndInputsAgainstTheNewOne() {
        Contract closed = with(
                with(ECHO, "/outputSchema", "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}}}"),
                "/inputSchema/properties/n",
                "{\"type\":\"integer\"}");
        Contract number = with(closed, "/outputSchema/properties/n/type", "\"number\"");
        assertThat(Compatibility.compare(number, closed).verdict()).isEqualTo(Verdict.COMPATIBLE);
        assertThat(Compatibility.compare(closed, number).reasons())
                .singleElement()
                .satisfies(reason -> {
                    assertThat(reason.side()).isEqualTo(Reason.Side.OUTPUT);
                    assertThat(reason.verdict()).isEqualTo(Verdict.INCOMPATIBLE);
                    assertThat(reason.payload()
                                    .get("n")
                                    .decimalValue()
                                    .stripTrailingZeros()
                                    .scale())
                            .isPositive();
                });
        // What is optional may be added where the old schema said nothing of it.
        assertThat(Compatibility.compare(closed, with(closed, "/outputSchema/properties/more", "{\"type\":\"string\"}"))
                        .verdict())
                .isEqualTo(Verdict.COMPATIBLE);
        assertThat(Compatibility.compare(closed, with(closed, "/inputSchema/properties/n/type", "\"number\""))
                        .verdict())
                .isEqualTo(Verdict.COMPATIBLE);
        assertThat(Compatibility.compare(closed, with(closed, "/inputSchema/properties/n/type", "\"string\""))
                        .verdict())
                .isEqualTo(Verdict.INCOMPATIBLE);
    }

    @Test
    void theWorstReasonStandsFirst() {
        Contract next = with(
                with(with(ECHO, "/retry/attempts", "1"), "/timeout", "\"PT1S\""),
                "/inputSchema/properties/text/maxLength",
                "50");
        assertThat(Compatibility.compare(ECHO, next).reasons())
                .extracting(Reason::verdict)
                .isEqualTo(List.of(Verdict.INCOMPATIBLE, Verdict.INCOMPATIBLE, Verdict.UNDECIDED));
    }

    @Test
    void versionsAreNotCompared() {
        assertThatThrownBy(() -> Compatibility.compare(ECHO, with(ECHO, "/version", "2")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("side by side");
    }

    @Test
    void aLongPayloadIsNotShown() {
        Contract long1 = with(ECHO, "/inputSchema/properties/text/maxLength", "6000");
        Contract shorter = with(ECHO, "/inputSchema/properties/text/maxLength", "5000");
        assertThat(Compatibility.compare(long1, shorter).reasons())
                .singleElement()
                .satisfies(reason -> {
                    assertThat(reason.verdict()).isEqualTo(Verdict.INCOMPATIBLE);
                    assertThat(reason.payload()).isNull();
                });
    }
}
