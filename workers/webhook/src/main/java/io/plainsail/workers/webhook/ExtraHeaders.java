package io.plainsail.workers.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Request headers that a job brings along. The contract's schema says the same; it is said here again because what gets
 * through ends up between the line breaks of a request.
 */
final class ExtraHeaders {
    /**
     * Names that carry data and steer nothing. Not among them: what frames or routes the message (Host, Content-…,
     * hop-by-hop), what proxies act on (X-Forwarded-… and its like), the signature's own, and Authorization, whose value
     * would be kept with the job and shown to everyone who may read it.
     */
    private static final Pattern NAME =
            Pattern.compile("x-(?!forwarded|real-ip|original-|rewrite-|http-method|method-override)[a-z0-9-]{1,60}"
                    + "|ce-[a-z0-9]{1,20}|idempotency-key|traceparent|tracestate");

    private static final Pattern VALUE = Pattern.compile("[!-~](?:[ -~]{0,1022}[!-~])?");
    private static final int MAX_HEADERS = 20;

    private ExtraHeaders() {}

    /**
     * Reads and checks the field {@code headers} of the input.
     *
     * @throws JobFailedException invalid-input, naming a header and never its value
     */
    static Map<String, String> read(JsonNode field) throws JobFailedException {
        Map<String, String> read = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> header : field.properties()) {
            String name = header.getKey();
            if (!NAME.matcher(name).matches()) {
                throw invalid("headers has a name that is not allowed (lower case; x-…, ce-…, idempotency-key, "
                        + "traceparent, tracestate)");
            }
            if (!header.getValue().isTextual()
                    || !VALUE.matcher(header.getValue().textValue()).matches()) {
                throw invalid("header " + name + " must hold 1 to 1024 visible ASCII characters, spaces inside");
            }
            read.put(name, header.getValue().textValue());
        }
        if (read.size() > MAX_HEADERS) {
            throw invalid("headers has " + read.size() + " entries: at most " + MAX_HEADERS);
        }
        return read;
    }

    private static JobFailedException invalid(String rule) {
        return new JobFailedException(ErrorCategory.INVALID_INPUT, "header", rule + "; nothing was sent");
    }
}
