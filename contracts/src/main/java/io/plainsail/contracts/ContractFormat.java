package io.plainsail.contracts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A contract as one JSON document: how workers announce it and the facade keeps and serves it. Reading checks every
 * rule of the format; what came through is a contract that can be used.
 */
public final class ContractFormat {
    public static final int MAX_INPUT_BYTES = 16 * 1024 * 1024;
    public static final long MAX_OUTPUT_BYTES = 4L * 1024 * 1024 * 1024;

    private static final Set<String> FIELDS = Set.of(
            "type",
            "version",
            "title",
            "description",
            "owner",
            "timeout",
            "retry",
            "effectClass",
            "maxInputBytes",
            "maxOutputBytes",
            "inputSchema",
            "outputSchema",
            "examples",
            "deprecated",
            "sunset");

    private static final JsonMapper CANONICAL = JsonMapper.builder()
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private ContractFormat() {}

    /**
     * Reads and checks a contract document.
     *
     * @throws InvalidContractException naming the field and the rule
     */
    public static Contract read(JsonNode document) {
        Reader in = new Reader(document);
        JobType jobType = new JobType(in.text("type"), in.whole("version"));
        in.where = jobType.toString();
        Set<String> unknown = new TreeSet<>();
        document.fieldNames().forEachRemaining(name -> {
            if (!FIELDS.contains(name)) {
                unknown.add(name);
            }
        });
        if (!unknown.isEmpty()) {
            throw in.broken(unknown + ": unknown field; known are " + new TreeSet<>(FIELDS));
        }

        Duration timeout = in.duration("timeout");
        if (timeout.compareTo(Duration.ofSeconds(1)) < 0 || timeout.compareTo(Duration.ofHours(24)) > 0) {
            throw in.broken("timeout is " + timeout + ": must be PT1S to PT24H");
        }
        Reader retry = new Reader(in.object("retry"));
        retry.where = jobType + " retry";
        retry.within = "/retry";
        RetryPolicy policy =
                new RetryPolicy(retry.whole("attempts"), retry.duration("backoff"), retry.duration("maxBackoff"));
        int maxInput = in.whole("maxInputBytes");
        if (maxInput < 1 || maxInput > MAX_INPUT_BYTES) {
            throw in.broken("maxInputBytes is " + maxInput + ": must be 1 to " + MAX_INPUT_BYTES);
        }
        long maxOutput = in.object(
                        "maxOutputBytes", v -> v.isIntegralNumber() && v.canConvertToLong(), "a whole number")
                .longValue();
        if (maxOutput < 1 || maxOutput > MAX_OUTPUT_BYTES) {
            throw in.broken("maxOutputBytes is " + maxOutput + ": must be 1 to " + MAX_OUTPUT_BYTES);
        }

        JsonNode inputSchema = in.object("inputSchema");
        JsonNode outputSchema = in.object("outputSchema");
        SchemaCheck inputCheck = SchemaCheck.of(inputSchema, jobType + " input schema");
        SchemaCheck.of(outputSchema, jobType + " output schema");
        List<Contract.Example> examples = new ArrayList<>();
        for (JsonNode example : in.object("examples", JsonNode::isArray, "an array")) {
            Reader one = new Reader(example);
            one.where = jobType + " examples[" + examples.size() + "]";
            one.within = "/examples/" + examples.size();
            JsonNode input = one.object("input", node -> true, "present");
            List<Violation> violations = inputCheck.violations(input);
            if (!violations.isEmpty()) {
                Violation first = violations.get(0);
                throw one.broken("input" + first.pointer() + " breaks " + first.rule() + ": " + first.detail());
            }
            examples.add(new Contract.Example(one.text("name"), input));
        }
        if (examples.isEmpty()) {
            throw in.broken("examples is empty: show at least one valid input");
        }

        LocalDate deprecated = in.date("deprecated");
        LocalDate sunset = in.date("sunset");
        if (deprecated != null && sunset != null && sunset.isBefore(deprecated)) {
            throw in.broken("sunset is " + sunset + ": must not be before deprecated, which is " + deprecated);
        }

        Contract contract = new Contract(
                jobType,
                in.text("title"),
                in.text("description"),
                in.text("owner"),
                timeout,
                policy,
                in.effectClass(),
                maxInput,
                maxOutput,
                inputSchema,
                outputSchema,
                examples,
                deprecated,
                sunset,
                "");
        return contract.withDigest(digest(write(contract)));
    }

    /** The document that {@link #read} turns into an equal contract. */
    public static ObjectNode write(Contract contract) {
        ObjectNode out = StrictJson.mapper().createObjectNode();
        out.put("type", contract.jobType().name());
        out.put("version", contract.jobType().version());
        out.put("title", contract.title());
        out.put("description", contract.description());
        out.put("owner", contract.owner());
        out.put("timeout", contract.timeout().toString());
        out.putObject("retry")
                .put("attempts", contract.retry().attempts())
                .put("backoff", contract.retry().backoff().toString())
                .put("maxBackoff", contract.retry().maxBackoff().toString());
        out.set("effectClass", StrictJson.mapper().valueToTree(contract.effectClass()));
        out.put("maxInputBytes", contract.maxInputBytes());
        out.put("maxOutputBytes", contract.maxOutputBytes());
        out.set("inputSchema", contract.inputSchema());
        out.set("outputSchema", contract.outputSchema());
        ArrayNode examples = out.putArray("examples");
        for (Contract.Example example : contract.examples()) {
            examples.addObject().put("name", example.name()).set("input", example.input());
        }
        if (contract.deprecated() != null) {
            out.put("deprecated", contract.deprecated().toString());
        }
        if (contract.sunset() != null) {
            out.put("sunset", contract.sunset().toString());
        }
        return out;
    }

    /** Over what binds both sides: texts and examples may be reworded without changing the promise. */
    private static String digest(ObjectNode binding) {
        binding.remove(List.of("title", "description", "owner", "examples"));
        try {
            Object sorted = CANONICAL.treeToValue(binding, Object.class);
            byte[] canonical = CANONICAL.writeValueAsString(sorted).getBytes(StandardCharsets.UTF_8);
            return "sha-256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(canonical));
        } catch (JsonProcessingException | NoSuchAlgorithmException e) {
            throw new IllegalStateException("a contract that was read cannot be written", e);
        }
    }

    /** Reads fields of one object and says which one is wrong. */
    private static final class Reader {
        private final JsonNode node;
        private String where = "contract";
        private String within = "";

        Reader(JsonNode node) {
            this.node = node;
        }

        String text(String field) {
            String text = object(field, JsonNode::isTextual, "a string").textValue();
            if (text.isBlank() || text.length() > 4_000) {
                throw broken(field + " must hold 1 to 4000 characters");
            }
            return text;
        }

        int whole(String field) {
            return object(field, v -> v.isIntegralNumber() && v.canConvertToInt(), "a whole number")
                    .intValue();
        }

        Duration duration(String field) {
            String text = text(field);
            try {
                return Duration.parse(text);
            } catch (DateTimeParseException e) {
                throw broken(field + " is \"" + text + "\": must be an ISO 8601 duration such as PT30S");
            }
        }

        @Nullable
        LocalDate date(String field) {
            if (!node.has(field)) {
                return null;
            }
            String text = text(field);
            try {
                LocalDate date = LocalDate.parse(text);
                if (date.getYear() >= 1970 && date.getYear() <= 9999) {
                    return date;
                }
            } catch (DateTimeParseException e) {
                // told below
            }
            throw broken(field + " is \"" + text + "\": must be a date from 1970 to 9999 such as 2027-01-31");
        }

        EffectClass effectClass() {
            String text = text("effectClass");
            return switch (text) {
                case "pure" -> EffectClass.PURE;
                case "idempotent" -> EffectClass.IDEMPOTENT;
                case "irreversible" -> EffectClass.IRREVERSIBLE;
                default -> throw broken("effectClass is \"" + text + "\": must be pure, idempotent or irreversible");
            };
        }

        JsonNode object(String field) {
            return object(field, JsonNode::isObject, "an object");
        }

        JsonNode object(String field, java.util.function.Predicate<JsonNode> rule, String expected) {
            JsonNode value = node.get(field);
            if (value == null || !rule.test(value)) {
                throw broken(field + (value == null ? " is missing" : " is " + value.getNodeType()) + ": must be "
                        + expected);
            }
            return value;
        }

        /** The message begins with the field. */
        InvalidContractException broken(String message) {
            String field = message.startsWith("[") ? message.substring(1) : message;
            int end = 0;
            while (end < field.length() && Character.isLetterOrDigit(field.charAt(end))) {
                end++;
            }
            return new InvalidContractException(within + "/" + field.substring(0, end), where + ": " + message);
        }
    }
}
