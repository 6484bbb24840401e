package io.plainsail.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a handler returns when it is done: JSON that meets the contract's output schema, and at most one file. To fail,
 * throw {@link JobFailedException}.
 *
 * @param output small JSON, kept with the job
 * @param file the file that was made, if any
 */
public record Outcome(JsonNode output, @Nullable File file) {

    /** A file as result; small ones travel with the outcome, larger ones are delivered to the facade. */
    public sealed interface File {
        /** Such as {@code application/pdf}. */
        String mediaType();
    }

    /** A file that is in memory; not copied. */
    public record Bytes(String mediaType, byte[] content) implements File {}

    /** A file on disk; read after the handler returned, left where it is. */
    public record OnDisk(String mediaType, Path path) implements File {}

    /** Done, with nothing to say: output {@code {}}. */
    public static Outcome done() {
        return new Outcome(JsonNodeFactory.instance.objectNode(), null);
    }

    public static Outcome of(JsonNode output) {
        return new Outcome(output, null);
    }

    /** Output from a map or record, by Jackson's rules. */
    public static Outcome of(Map<String, ?> output) {
        return new Outcome(JobContext.MAPPER.valueToTree(output), null);
    }

    public Outcome withFile(File result) {
        return new Outcome(output, result);
    }
}
