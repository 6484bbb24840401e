package io.plainsail.workers.ansible;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.worker.JobContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Set;

/**
 * The facts asked for, as hosts told them: bounded, since hosts may tell anything.
 *
 * @param truncated whether some were left out
 */
record Facts(ObjectNode byHost, boolean truncated) {
    private static final long MAX_FILE_BYTES = 4L * 1024 * 1024;
    private static final int MAX_FACT_CHARS = 16 * 1024;
    private static final int MAX_CHARS = 256 * 1024;

    /** Since ansible-core 2.19, files of the cache are named after its schema, and hold JSON as a text. */
    private static final String SCHEMA_1 = "s1_";

    private static final String PAYLOAD = "__payload__";
    private static final String TYPE = "__ansible_type";

    static Facts read(Path cache, ObjectNode hosts, Set<String> wanted, Secrets secrets) {
        ObjectNode byHost = JobContext.MAPPER.createObjectNode();
        boolean truncated = false;
        int chars = 0;
        Iterator<String> names = wanted.isEmpty() ? Set.<String>of().iterator() : hosts.fieldNames();
        while (names.hasNext()) {
            String host = names.next();
            Path file = cache.resolve(host).normalize();
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                file = cache.resolve(SCHEMA_1 + host).normalize();
            }
            try {
                if (!file.startsWith(cache) || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    continue;
                }
                if (Files.size(file) > MAX_FILE_BYTES) {
                    truncated = true;
                    continue;
                }
                JsonNode all = plain(JobContext.MAPPER.readTree(Files.readAllBytes(file)));
                for (String name : wanted) {
                    if (all.has(name)) {
                        String text = secrets.redact(all.get(name).toString());
                        chars += text.length();
                        if (text.length() > MAX_FACT_CHARS || chars > MAX_CHARS) {
                            truncated = true;
                        } else {
                            byHost.withObjectProperty(host).set(name, JobContext.MAPPER.readTree(text));
                        }
                    }
                }
            } catch (IOException | RuntimeException e) {
                truncated = true;
            }
        }
        return new Facts(byHost, truncated);
    }

    /** As older versions have it: without the newer one's envelope, and without its notes of where a value comes from. */
    private static JsonNode plain(JsonNode cached) throws IOException {
        return cached.path(PAYLOAD).isTextual()
                ? untagged(JobContext.MAPPER.readTree(cached.path(PAYLOAD).textValue()))
                : cached;
    }

    private static JsonNode untagged(JsonNode value) {
        if (value.isArray()) {
            ArrayNode items = JobContext.MAPPER.createArrayNode();
            value.forEach(item -> items.add(untagged(item)));
            return items;
        }
        if (!value.isObject()) {
            return value;
        }
        if (value.path(TYPE).asText().startsWith("_AnsibleTagged") && value.has("value")) {
            return untagged(value.get("value"));
        }
        ObjectNode fields = JobContext.MAPPER.createObjectNode();
        value.properties().forEach(field -> fields.set(field.getKey(), untagged(field.getValue())));
        return fields;
    }
}
