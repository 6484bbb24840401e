package io.plainsail.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.client.FacadeHttp.Call;
import io.plainsail.client.FacadeHttp.Repeat;
import java.util.Map;

/**
 * What operators and worker authors ask for, as the facade answers it: JSON, for people and their tools. Thread-safe.
 */
public final class Operations {
    private final JsonCalls calls;

    Operations(JsonCalls calls) {
        this.calls = calls;
    }

    /** The worker instances that the facade knows of: {@code items}. */
    public JsonNode workers() {
        return calls.get("/v1/workers");
    }

    /** The queues, by job type and version: {@code items}. */
    public JsonNode queues() {
        return calls.get("/v1/queues");
    }

    /** How many jobs there are that meet the filter, by state and type. */
    public JsonNode counts(JobFilter filter) {
        return calls.get("/v1/counts" + filter.query());
    }

    /** Who the API key belongs to, and what it may do. */
    public JsonNode whoami() {
        return calls.get("/v1/whoami");
    }

    /** The API keys, without what is secret of them: {@code items}. */
    public JsonNode keys() {
        return calls.get("/v1/keys");
    }

    /** Makes an API key: the answer holds it, once. Not sent again once it may have been taken. */
    public JsonNode createKey(Map<String, ?> wanted) {
        return calls.post("/v1/keys", calls.bytes(wanted), Repeat.IF_NOT_TAKEN);
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
