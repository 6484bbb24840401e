package io.plainsail.contracts.wire;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import java.util.UUID;

/**
 * What a worker asks the facade again and again: whether what it runs is still wanted. The JSON body of
 * {@code POST /v1/workers/{instance}/check}.
 *
 * @param types keys of the job types that it handles, such as {@code webhook.deliver.v1}
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record RunningCheck(List<String> types, List<Running> running) {

    /** Of each list. */
    public static final int MAX_ITEMS = 2_000;

    /** A body is never longer. */
    public static final int MAX_BYTES = 512 * 1024;

    /** An attempt that runs. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Running(UUID job, int attempt) {
        public Running {
            WireJson.required("running.job", job);
        }
    }

    public RunningCheck {
        types = List.copyOf(WireJson.required("types", types));
        running = List.copyOf(WireJson.required("running", running));
        if (types.size() > MAX_ITEMS || running.size() > MAX_ITEMS) {
            throw new IllegalArgumentException("more than " + MAX_ITEMS + " types or attempts");
        }
    }

    public byte[] encode() {
        return WireJson.write(this);
    }

    /**
     * @throws UndecodableMessageException saying what is wrong
     */
    public static RunningCheck decode(byte[] body) {
        return WireJson.read(body, RunningCheck.class);
    }

    /**
     * The facade's answer.
     *
     * @param over attempts that are not wanted any more
     * @param claimEach keys of the types of which a message may be one that is not wanted any more: each is to be claimed
     *     before it runs
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Answer(List<Over> over, List<String> claimEach) {
        public Answer {
            over = List.copyOf(WireJson.required("over", over));
            claimEach = List.copyOf(WireJson.required("claimEach", claimEach));
        }

        public byte[] encode() {
            return WireJson.write(this);
        }

        /**
         * @throws UndecodableMessageException saying what is wrong
         */
        public static Answer decode(byte[] body) {
            return WireJson.read(body, Answer.class);
        }
    }

    /**
     * @param reason for people, such as "the job is cancelled"
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Over(UUID job, int attempt, String reason) {
        public Over {
            WireJson.required("over.job", job);
            WireJson.required("over.reason", reason);
        }
    }
}
