package io.plainsail.facade.description;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.Contract;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The contracts that a document describes: all of them, or as many as its bounds allow. What there is more of than that is
 * described in general, and said to be.
 *
 * @param described by name and version; the smallest, if the bounds leave out any
 * @param left contracts beyond the bounds
 * @param newest by name the version that a request without one is taken for
 * @param today contracts whose sunset is not later take no new jobs
 */
record JobTypeSchemas(List<Contract> described, int left, Map<String, Integer> newest, LocalDate today) {
    private static final int MAX_TYPES = 500;

    /** Of texts, schemas and examples together, in characters: a document is kept in memory. */
    private static final int MAX_CHARS = 4 * 1024 * 1024;

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    static JobTypeSchemas of(List<Contract> contracts, LocalDate today) {
        Map<String, Integer> newest = new HashMap<>();
        contracts.forEach(contract ->
                newest.merge(contract.jobType().name(), contract.jobType().version(), Math::max));
        List<Contract> described = new ArrayList<>();
        long chars = 0;
        // The small ones first, so that a huge one leaves out nobody but itself.
        for (Contract contract : contracts.stream()
                .sorted(Comparator.comparingLong(JobTypeSchemas::chars))
                .toList()) {
            chars += chars(contract);
            if (described.size() == MAX_TYPES || chars > MAX_CHARS) {
                break;
            }
            described.add(contract);
        }
        described.sort(Comparator.comparing(Contract::jobType));
        return new JobTypeSchemas(List.copyOf(described), contracts.size() - described.size(), newest, today);
    }

    private static long chars(Contract contract) {
        long chars = contract.title().length()
                + contract.description().length()
                + contract.inputSchema().toString().length()
                + contract.outputSchema().toString().length();
        for (Contract.Example example : contract.examples()) {
            chars += example.input().toString().length();
        }
        return chars;
    }

    boolean takesJobs(Contract contract) {
        return contract.sunset() == null || contract.sunset().isAfter(today);
    }

    /** Adds the schemas of requests, inputs, outputs and jobs, by type and as what is one of them. */
    void addTo(ObjectNode schemas) {
        ArrayNode requests = JSON.arrayNode();
        ArrayNode jobs = JSON.arrayNode();
        ArrayNode outputs = JSON.arrayNode();
        for (Contract contract : described) {
            String key = contract.jobType().key();
            schemas.set(key + ".output", schema(contract, contract.outputSchema(), key + ".output"));
            schemas.set(key + ".job", job(contract));
            outputs.add(reference(key + ".output"));
            jobs.add(reference(key + ".job"));
            if (takesJobs(contract)) {
                schemas.set(key + ".input", schema(contract, contract.inputSchema(), key + ".input"));
                schemas.set(key + ".request", request(contract));
                requests.add(reference(key + ".request"));
            }
        }
        if (left > 0 || requests.isEmpty()) {
            schemas.set("JobRequestOfAnyType", requestOfAnyType());
            requests.add(reference("JobRequestOfAnyType"));
        }
        if (left > 0 || jobs.isEmpty()) {
            jobs.add(reference("JobOfAnyType"));
            outputs.removeAll();
        }
        schemas.set("JobRequest", oneOf(requests).put("description", "By its job type." + more()));
        schemas.set("Job", oneOf(jobs).put("description", "By its job type." + more()));
        schemas.set(
                "Output",
                outputs.isEmpty() ? JSON.objectNode() : JSON.objectNode().set("anyOf", outputs));
    }

    private String more() {
        return left == 0
                ? ""
                : " " + left
                        + " more are described in general here, and by GET /v1/job-types/{type}/v{version} in full.";
    }

    /** With the general one among them, more than one fits. */
    private ObjectNode oneOf(ArrayNode schemas) {
        ObjectNode one = JSON.objectNode();
        one.set(left > 0 ? "anyOf" : "oneOf", schemas);
        return one;
    }

    private static JsonNode schema(Contract contract, JsonNode schema, String name) {
        return embedded(contract, schema, "#/components/schemas/" + name);
    }

    /** The schema as it stands at a place of the document, or where else to find it. */
    static JsonNode embedded(Contract contract, JsonNode schema, String pointer) {
        return EmbeddedSchema.at(pointer, schema).orElseGet(() -> JSON.objectNode()
                .put(
                        "description",
                        "This schema cannot stand in another document: see GET /v1/job-types/"
                                + contract.jobType().name() + "/v"
                                + contract.jobType().version() + "."));
    }

    private ObjectNode request(Contract contract) {
        ObjectNode schema = JSON.objectNode();
        String name = contract.jobType().name();
        boolean isNewest = Integer.valueOf(contract.jobType().version()).equals(newest.get(name));
        schema.put("title", contract.title());
        schema.put(
                "description",
                contract.description() + "\n\nTimeout at most " + contract.timeout() + ", at most "
                        + contract.retry().attempts() + " attempts, input of at most " + contract.maxInputBytes()
                        + " bytes. A second run is "
                        + contract.effectClass().name().toLowerCase(Locale.ROOT) + ". Owner: "
                        + contract.owner() + ".");
        if (contract.deprecated() != null && !contract.deprecated().isAfter(today)) {
            schema.put("deprecated", true);
        }
        schema.put("type", "object");
        schema.putArray("allOf").add(reference("JobOptions"));
        ArrayNode required = schema.putArray("required").add("type").add("input");
        if (!isNewest) {
            required.add("version");
        }
        ObjectNode properties = schema.putObject("properties");
        properties.putObject("type").put("const", name);
        properties
                .putObject("version")
                .put("const", contract.jobType().version())
                .put("description", isNewest ? "Taken if none is given." : "Another one is taken if none is given.");
        properties.set("input", reference(contract.jobType().key() + ".input"));
        schema.put("unevaluatedProperties", false);
        ArrayNode examples = schema.putArray("examples");
        contract.examples().forEach(example -> examples.add(example(contract, example)));
        return schema;
    }

    static ObjectNode example(Contract contract, Contract.Example example) {
        ObjectNode request = JSON.objectNode();
        request.put("type", contract.jobType().name());
        request.put("version", contract.jobType().version());
        request.set("input", example.input());
        return request;
    }

    private static ObjectNode requestOfAnyType() {
        ObjectNode schema = JSON.objectNode();
        schema.put("type", "object");
        schema.putArray("allOf").add(reference("JobOptions"));
        schema.putArray("required").add("type").add("input");
        ObjectNode properties = schema.putObject("properties");
        properties.set("type", reference("JobTypeName"));
        properties.set("version", reference("JobTypeVersion"));
        properties.putObject("input").put("description", "As the contract of the type has it.");
        schema.put("unevaluatedProperties", false);
        return schema;
    }

    private static ObjectNode job(Contract contract) {
        ObjectNode schema = JSON.objectNode();
        schema.put("title", contract.title() + ": a job");
        schema.put("type", "object");
        schema.putArray("allOf").add(reference("JobOfAnyType"));
        schema.putArray("required").add("type").add("version");
        ObjectNode properties = schema.putObject("properties");
        properties.putObject("type").put("const", contract.jobType().name());
        properties.putObject("version").put("const", contract.jobType().version());
        ObjectNode output = reference(contract.jobType().key() + ".output");
        output.put("description", "Of a job that ended under an earlier contract of the version, as that one had it.");
        properties.set("output", output);
        return schema;
    }

    private static ObjectNode reference(String schema) {
        return JSON.objectNode().put("$ref", "#/components/schemas/" + schema);
    }
}
