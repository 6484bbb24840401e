package io.plainsail.contracts.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Reads JSON (RFC 8259) as strictly as any receiver further down might: UTF-8 only, no duplicate names, no text after
 * the value, bounded depth. Decimal numbers keep every digit. Thread-safe.
 */
public final class StrictJson {
    /** Objects and arrays inside one another, at most. */
    public static final int MAX_DEPTH = 64;

    public static final int MAX_NAME_LENGTH = 1_000;
    public static final int MAX_NUMBER_LENGTH = 400;

    /** Of a body that is read value by value: a few bytes of text can become a hundred in memory. */
    public static final int MAX_TOKENS = 500_000;

    private static final ObjectMapper MAPPER =
            mapper(constraints()).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** For reading values one by one: what follows a value is the caller's next one. */
    private static final ObjectMapper STREAMING =
            mapper(constraints().maxTokenCount(MAX_TOKENS)).disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private static StreamReadConstraints.Builder constraints() {
        return StreamReadConstraints.builder()
                .maxNestingDepth(MAX_DEPTH)
                .maxNameLength(MAX_NAME_LENGTH)
                .maxNumberLength(MAX_NUMBER_LENGTH);
    }

    private static ObjectMapper mapper(StreamReadConstraints.Builder constraints) {
        JsonFactory factory = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                .streamReadConstraints(constraints.build())
                .build();
        return JsonMapper.builder(factory)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .disable(com.fasterxml.jackson.databind.cfg.JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .build();
    }

    private StrictJson() {}

    /** A mapper with the strict rules, for binding and writing; callers must not reconfigure it. */
    public static ObjectMapper mapper() {
        return MAPPER;
    }

    /**
     * Reads one whole JSON value.
     *
     * @throws InvalidJsonException naming rule and place
     */
    public static JsonNode read(byte[] json) {
        checkUtf8(json);
        try {
            JsonNode node = MAPPER.readTree(json);
            if (node == null || node.isMissingNode()) {
                throw new InvalidJsonException("empty", "the body is empty: expected a JSON value", "");
            }
            return node;
        } catch (IOException e) {
            throw explained(e);
        }
    }

    /** A parser under the strict rules and {@link #MAX_TOKENS}; the caller has checked the bytes with {@link #checkUtf8}. */
    public static JsonParser parser(byte[] json) throws IOException {
        return STREAMING.createParser(json);
    }

    /**
     * Refuses anything that is not UTF-8, a byte order mark included, before a parser guesses another encoding.
     *
     * @throws InvalidJsonException naming the first offending byte
     */
    public static void checkUtf8(byte[] json) {
        if (json.length >= 3 && (json[0] & 0xff) == 0xef && (json[1] & 0xff) == 0xbb && (json[2] & 0xff) == 0xbf) {
            throw new InvalidJsonException("charset", "the body starts with a byte order mark: send plain UTF-8", "");
        }
        if (isPlainAscii(json)) {
            return;
        }
        ByteBuffer in = ByteBuffer.wrap(json);
        try {
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(in);
        } catch (CharacterCodingException e) {
            throw new InvalidJsonException("charset", "the body is not UTF-8: bad byte at offset " + in.position(), "");
        }
    }

    private static boolean isPlainAscii(byte[] json) {
        for (byte b : json) {
            // A NUL is how UTF-16 and UTF-32 look to a byte reader; the decoder lets it pass, the parser must not
            // guess.
            if (b < 0) {
                return false;
            }
            if (b == 0) {
                throw new InvalidJsonException("charset", "the body holds a NUL byte: send plain UTF-8", "");
            }
        }
        return true;
    }

    /** Turns a parser's refusal into one that names the rule, the place as line and column, and a JSON pointer. */
    public static InvalidJsonException explained(IOException e) {
        if (e instanceof StreamConstraintsException constraint) {
            String told = String.valueOf(constraint.getOriginalMessage());
            boolean deep = told.contains("depth");
            if (told.startsWith("Token count")) {
                return new InvalidJsonException(
                        "too-many-values", "the body has more than " + MAX_TOKENS + " names and values", "");
            }
            return new InvalidJsonException(
                    deep ? "too-deep" : "too-long",
                    deep
                            ? "objects and arrays nest deeper than " + MAX_DEPTH
                            : "a name is longer than " + MAX_NAME_LENGTH + " or a number than " + MAX_NUMBER_LENGTH
                                    + " characters",
                    pointerOf(constraint));
        }
        if (e instanceof JsonProcessingException json) {
            String message = String.valueOf(json.getOriginalMessage());
            boolean duplicate = message.startsWith("Duplicate field");
            String place = json.getLocation() == null
                    ? ""
                    : " at line " + json.getLocation().getLineNr() + ", column "
                            + json.getLocation().getColumnNr();
            String told = message.lines().findFirst().orElse("");
            return new InvalidJsonException(
                    duplicate ? "duplicate-name" : "not-json",
                    (duplicate ? "a name stands twice in one object: " : "not JSON: ") + told + place,
                    pointerOf(json));
        }
        return new InvalidJsonException("not-json", "not JSON: " + e.getMessage(), "");
    }

    private static String pointerOf(JsonProcessingException e) {
        if (e instanceof JsonParseException && e.getProcessor() instanceof JsonParser parser) {
            return parser.getParsingContext().pathAsPointer().toString();
        }
        return "";
    }
}
