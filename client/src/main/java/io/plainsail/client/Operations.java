package io.plainsail.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.client.FacadeHttp.Call;
import io.plainsail.client.FacadeHttp.Repeat;
import java.util.Map;

/**
 * What operators and worker authors ask for, as the facade answers it: JSON, for people and their tools. Thread-safe.
 */
public final class Operations {
    private static final byte[] NO_BODY = new byte[0];

    private final JsonCalls calls;

    Operations(JsonCalls calls) {
        this.calls = calls;
    }

    /** The worker instances that the facade knows of. */
    public JsonNode workers() {
        return calls.get("/v1/workers");
    }

    /** Tells an instance to take no further jobs, and to finish those that it runs. */
    public JsonNode drain(String instance) {
        return calls.post(drainPath(instance), NO_BODY, Repeat.ALWAYS);
    }

    /** Tells an instance to take jobs again. */
    public JsonNode resume(String instance) {
        return calls.send(Call.delete(drainPath(instance)));
    }

    private static String drainPath(String instance) {
        return "/v1/workers/" + JsonCalls.escaped(instance) + "/drain";
    }

    /** The queues, by job type and version. */
    public JsonNode queues() {
        return calls.get("/v1/queues");
    }

    /** How many jobs there are that meet the filter, by state. */
    public JsonNode counts(JobFilter filter) {
        return calls.get("/v1/jobs/count" + filter.query());
    }

    /**
     * What came of the attempts of each release that ended in a time, by default the last hour.
     *
     * @param window {@code from}, {@code before} and {@code type} at most
     */
    public JsonNode releases(JobFilter window) {
        return calls.get("/v1/releases" + window.query());
    }

    /**
     * What became of all jobs that were accepted in a time, by default the last hour: whether it {@code balances}.
     *
     * @param window {@code from} and {@code before} at most
     */
    public JsonNode receipt(JobFilter window) {
        return calls.get("/v1/receipt" + window.query());
    }

    /** Who the API key belongs to, and what it may do. */
    public JsonNode whoami() {
        return calls.get("/v1/whoami");
    }

    /** The API keys, without what is secret of them. */
    public JsonNode keys() {
        return calls.get("/v1/keys");
    }

    /** Makes an API key: the answer holds it, once. Not sent again once it may have been taken. */
    public JsonNode createKey(Map<String, ?> wanted) {
        return calls.post("/v1/keys", calls.bytes(wanted), Repeat.IF_NOT_TAKEN);
    }

    /** Makes an API key that may do the same, as {@link #createKey} does; the old one lives on for a while. */
    public JsonNode rotateKey(String id) {
        return calls.post("/v1/keys/" + JsonCalls.escaped(id) + "/rotate", NO_BODY, Repeat.IF_NOT_TAKEN);
    }

    /** Makes an API key worthless. */
    public void revokeKey(String id) {
        calls.sendOnly(Call.delete("/v1/keys/" + JsonCalls.escaped(id)));
    }

    /**
     * What would come of it if a worker announced this contract: {@code verdict} ({@code compatible},
     * {@code incompatible}, {@code undecided}), {@code reasons}, {@code data}. Changes nothing.
     *
     * @param contract the document as workers announce it
     */
    public JsonNode check(String type, JsonNode contract) {
        return calls.post("/v1/job-types/" + JsonCalls.escaped(type) + "/check", calls.bytes(contract), Repeat.ALWAYS);
    }
}
