package io.plainsail.contracts.wire;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a worker asks the facade before an attempt that may not be the only one: the JSON body of
 * {@code POST /v1/jobs/{id}/attempts/{attempt}/claim}.
 *
 * @param maybeRunning whether the same message may be in other hands: redelivered, or marked as a possible duplicate
 * @param suspectsWelcome whether a job may begin whose earlier attempts were lost with their workers; a worker runs one
 *     of these at a time, so that they can be told apart when it ends
 * @param id of this claim; each has its own. Null if the worker gives none
 * @param unheard earlier claims of the same attempt whose answer nobody heard: nothing runs by them
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record AttemptClaim(
        String service,
        String instance,
        String host,
        String release,
        boolean maybeRunning,
        boolean suspectsWelcome,
        @Nullable UUID id,
        List<UUID> unheard) {

    /** A body is never longer. */
    public static final int MAX_BYTES = 8 * 1024;

    public AttemptClaim {
        WireJson.required("service", service);
        WireJson.required("instance", instance);
        WireJson.required("host", host);
        WireJson.required("release", release);
        unheard = unheard == null ? List.of() : List.copyOf(unheard);
    }

    /** A claim with an id of its own. */
    public static AttemptClaim of(Worker worker, JobMessage job, boolean maybeRunning, boolean suspectsWelcome) {
        return new AttemptClaim(
                worker.service(),
                worker.instance(),
                worker.host(),
                worker.release(),
                maybeRunning,
                suspectsWelcome,
                UUID.randomUUID(),
                job.unheardClaims());
    }

    @JsonIgnore
    public Worker worker() {
        return new Worker(service, instance, host, release);
    }

    public byte[] encode() {
        return WireJson.write(this);
    }

    /**
     * @throws UndecodableMessageException saying what is wrong
     */
    public static AttemptClaim decode(byte[] body) {
        return WireJson.read(body, AttemptClaim.class);
    }
}
