package io.plainsail.workers.ansible;

import com.fasterxml.jackson.databind.JsonNode;
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

    static Facts read(Path cache, ObjectNode hosts, Set<String> wanted, Secrets secrets) {
        ObjectNode byHost = JobContext.MAPPER.createObjectNode();
        boolean truncated = false;
        int chars = 0;
        Iterator<String> names = wanted.isEmpty() ? Set.<String>of().iterator() : hosts.fieldNames();
        while (names.hasNext()) {
            String host = names.next();
            Path file = cache.resolve(host).normalize();
            try {
                if (!file.startsWith(cache) || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    continue;
                }
                if (Files.size(file) > MAX_FILE_BYTES) {
                    truncated = true;
                    continue;
                }
                JsonNode all = JobContext.MAPPER.readTree(Files.readAllBytes(file));
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
}
