package io.plainsail.contracts;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a worker promises for one version of a job type, and what it asks of those who submit.
 *
 * @param jobType name and version
 * @param title a few words for people
 * @param description what a job of this type does
 * @param owner who answers for it
 * @param timeout how long one attempt may run; 1 s to 24 h; a caller may choose less, never more
 * @param retry attempts and backoff
 * @param effectClass what a second run would do
 * @param maxInputBytes bound on the input as sent
 * @param maxOutputBytes bound on the result, be it JSON or a file
 * @param inputSchema JSON Schema 2020-12 that every input meets
 * @param outputSchema JSON Schema 2020-12 that every output meets
 * @param examples inputs that meet the input schema, for documentation; at least one
 * @param deprecated from this day on (UTC) callers are told to use another version; null if they are not
 * @param sunset from this day on (UTC) no new jobs are accepted; null if there is no such day; not before {@code deprecated}
 * @param digest {@code sha-256:…} over schemas and policy: two contracts with one digest promise the same
 */
public record Contract(
        JobType jobType,
        String title,
        String description,
        String owner,
        Duration timeout,
        RetryPolicy retry,
        EffectClass effectClass,
        int maxInputBytes,
        long maxOutputBytes,
        JsonNode inputSchema,
        JsonNode outputSchema,
        List<Example> examples,
        @Nullable LocalDate deprecated,
        @Nullable LocalDate sunset,
        String digest) {

    /**
     * @param name what the example shows
     * @param input a valid input
     */
    public record Example(String name, JsonNode input) {}

    public Contract {
        examples = List.copyOf(examples);
    }

    Contract withDigest(String other) {
        return new Contract(
                jobType,
                title,
                description,
                owner,
                timeout,
                retry,
                effectClass,
                maxInputBytes,
                maxOutputBytes,
                inputSchema,
                outputSchema,
                examples,
                deprecated,
                sunset,
                other);
    }
}
