package io.plainsail.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.plainsail.contracts.JobType;
import java.time.Instant;
import java.util.UUID;

/** The job a handler is given. Thread-safe. */
public interface JobContext {

    /** For binding and building JSON in handlers. */
    ObjectMapper MAPPER = JsonMapper.builder()
            .enable(com.fasterxml.jackson.databind.DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** The same for every attempt and every repeated run: use it to make effects idempotent. */
    UUID jobId();

    /** 1 for the first. */
    int attempt();

    JobType jobType();

    /** The input, which meets the contract's input schema. Parsed once; treat it as read-only. */
    JsonNode input();

    /**
     * The input bound to a class by Jackson. Properties that the class does not have are passed over: which ones may be
     * there is the schema's to say.
     *
     * @throws JobFailedException invalid-input, if it does not fit
     */
    <T> T input(Class<T> as) throws JobFailedException;

    /** When the attempt is interrupted. */
    Instant deadline();

    /** Whether the attempt should end now: out of time, or the worker stops. The thread is interrupted as well. */
    boolean interrupted();

    /**
     * Tells how far the work is. Coalesced: call it as often as you like, only the newest is sent.
     *
     * @param percent 0 to 100
     * @param message a few words for people
     */
    void progress(double percent, String message);

    /** Writes a line to the job's log, kept with the job. Bounded; what exceeds the bound is counted and said. */
    void log(String line);
}
