package io.plainsail.contracts.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class StrictJsonTest {

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of("not JSON", utf8("{nope}"), "not-json", "line 1"),
                Arguments.of("empty", utf8(""), "empty", "empty"),
                Arguments.of("two values", utf8("{} {}"), "not-json", ""),
                Arguments.of("cut off", utf8("{\"a\": [1, 2"), "not-json", ""),
                Arguments.of("duplicate name", utf8("{\"a\": {\"b\": 1, \"b\": 2}}"), "duplicate-name", "b"),
                Arguments.of("NaN", utf8("{\"a\": NaN}"), "not-json", ""),
                Arguments.of("too deep", utf8("[".repeat(100_000)), "too-deep", "64"),
                Arguments.of("long number", utf8("[" + "9".repeat(10_000) + "]"), "too-long", "400"),
                Arguments.of("long name", utf8("{\"" + "n".repeat(5_000) + "\":1}"), "too-long", "1000"),
                Arguments.of("Latin-1", "{\"a\":\"é\"}".getBytes(StandardCharsets.ISO_8859_1), "charset", "offset 6"),
                Arguments.of("UTF-16", "{\"a\":1}".getBytes(StandardCharsets.UTF_16LE), "charset", "NUL"),
                Arguments.of("UTF-32", "{\"a\":1}".getBytes(Charset.forName("UTF-32BE")), "charset", "NUL"),
                Arguments.of("byte order mark", utf8("\ufeff{}"), "charset", "byte order mark"),
                Arguments.of("overlong", new byte[] {'"', (byte) 0xc0, (byte) 0x80, '"'}, "charset", "offset 1"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void refusedWithRuleAndPlace(String name, byte[] json, String rule, String told) {
        assertThatThrownBy(() -> StrictJson.read(json)).isInstanceOfSatisfying(InvalidJsonException.class, e -> {
            assertThat(e.rule()).isEqualTo(rule);
            assertThat(e).hasMessageContaining(told);
        });
    }

    @Test
    void everyDigitIsKept() throws Exception {
        String json = "{\"price\":1.10,\"big\":12345678901234567890123.5,\"e\":1E+2}";

        assertThat(StrictJson.mapper().writeValueAsString(StrictJson.read(utf8(json))))
                .isEqualTo(json);
    }

    @Test
    void unicodeIsKept() {
        assertThat(StrictJson.read(utf8("\"é 漢 🚀\"")).textValue()).isEqualTo("é 漢 🚀");
    }

    @Test
    void bodyReadValueByValueHasABoundedNumberOfThem() throws Exception {
        byte[] body = utf8("[" + "1,".repeat(StrictJson.MAX_TOKENS) + "1]");
        try (JsonParser parser = StrictJson.parser(body)) {
            parser.nextToken();
            assertThatThrownBy(parser::readValueAsTree).satisfies(e -> assertThat(StrictJson.explained((IOException) e))
                    .hasMessageContaining("more than 500000"));
        }
        assertThat(StrictJson.read(body)).hasSize(StrictJson.MAX_TOKENS + 1);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
