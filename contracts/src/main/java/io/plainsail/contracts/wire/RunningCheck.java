package io.plainsail.contracts.wire;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a worker asks the facade again and again: whether what it runs is still wanted. The JSON body of
 * {@code POST /v1/workers/{instance}/check}.
 *
 * @param types keys of the job types that it handles, such as {@code webhook.deliver.v1}
 * @param presence who asks, for the facade's list of workers; absent from workers that do not tell it
 * @param contracts by the key of a job type the digest of the contract that the worker speaks; absent from workers that do
 *     not tell it, whose contracts cannot be refused
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record RunningCheck(
        List<String> types,
        List<Running> running,
        @Nullable Presence presence,
        @Nullable Map<String, String> contracts) {

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

    /**
     * A worker at work.
     *
     * @param state one word: {@link #READY}, {@link #STARTING}, {@link #DRAINING} or {@link #STOPPED}
     * @param capacity how many attempts it runs at a time
     * @param startedAt when this process began, RFC 3339
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Presence(Worker worker, String state, int capacity, String startedAt) {
        public static final String READY = "ready";
        public static final String STARTING = "starting";

        /** It takes no further jobs. */
        public static final String DRAINING = "draining";

        /** Its last word. */
        public static final String STOPPED = "stopped";

        public Presence {
            WireJson.required("presence.worker", worker);
            WireJson.required("presence.worker.service", worker.service());
            WireJson.required("presence.worker.instance", worker.instance());
            WireJson.required("presence.worker.host", worker.host());
            WireJson.required("presence.worker.release", worker.release());
            WireJson.required("presence.state", state);
            WireJson.required("presence.startedAt", startedAt);
            try {
                Instant.parse(startedAt);
            } catch (DateTimeParseException e) {
                throw new IllegalArgumentException("presence.startedAt is no time such as 2026-01-31T12:00:00Z", e);
            }
        }

        public Presence(Worker worker, String state, int capacity, Instant startedAt) {
            this(worker, state, capacity, startedAt.toString());
        }

        public Instant began() {
            return Instant.parse(startedAt);
        }
    }

    public RunningCheck {
        types = List.copyOf(WireJson.required("types", types));
        running = List.copyOf(WireJson.required("running", running));
        if (types.size() > MAX_ITEMS || running.size() > MAX_ITEMS) {
            throw new IllegalArgumentException("more than " + MAX_ITEMS + " types or attempts");
        }
        if (contracts != null) {
            if (contracts.size() > MAX_ITEMS || contracts.values().stream().anyMatch(Objects::isNull)) {
                throw new IllegalArgumentException("contracts: must be at most " + MAX_ITEMS + " digests");
            }
            contracts = Map.copyOf(contracts);
        }
    }

    /** From a worker that does not tell which contracts it speaks. */
    public RunningCheck(List<String> types, List<Running> running, @Nullable Presence presence) {
        this(types, running, presence, null);
    }

    /** From a worker that does not tell who it is. */
    public RunningCheck(List<String> types, List<Running> running) {
        this(types, running, null, null);
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
     * @param drain whether it is to take no further jobs, until it is told otherwise; false from facades that do not say
     * @param refused job types of which it is to take no jobs, until it is told otherwise, because of the contract that it
     *     speaks; empty from facades that do not say
     * @param leaseSeconds how long a running attempt is believed in without a word; 0 from facades that do not say
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Answer(
            List<Over> over, List<String> claimEach, boolean drain, List<Refused> refused, int leaseSeconds) {
        public Answer {
            if (leaseSeconds < 0) {
                throw new IllegalArgumentException("leaseSeconds is " + leaseSeconds + ": must be 0 or more");
            }
            over = List.copyOf(WireJson.required("over", over));
            claimEach = List.copyOf(WireJson.required("claimEach", claimEach));
            refused = absent(refused) ? List.of() : List.copyOf(refused);
        }

        public Answer(List<Over> over, List<String> claimEach, boolean drain) {
            this(over, claimEach, drain, List.of(), 0);
        }

        private static boolean absent(@Nullable Object value) {
            return value == null;
        }

        public Answer refusing(List<Refused> types) {
            return new Answer(over, claimEach, drain, types, leaseSeconds);
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

    /**
     * @param type key of a job type, such as {@code webhook.deliver.v1}
     * @param reason for people
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Refused(String type, String reason) {
        public Refused {
            WireJson.required("refused.type", type);
            WireJson.required("refused.reason", reason);
        }
    }
}
