package io.plainsail.facade;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.dropwizard.core.Configuration;
import io.plainsail.facade.access.OidcConfig;
import io.plainsail.facade.retention.RetentionConfig;
import io.plainsail.facade.store.StoreConfig;
import io.plainsail.messaging.trace.TracingConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The facade's configuration file, beside Dropwizard's own {@code server} and {@code logging}. All is optional. */
public class FacadeConfiguration extends Configuration {
    static final Duration DEFAULT_LEASE = Duration.ofSeconds(30);
    private static final Duration SHORTEST_LEASE = Duration.ofSeconds(3);
    private static final Duration LONGEST_LEASE = Duration.ofHours(1);

    static final Duration DEFAULT_MISSING_AFTER = Duration.ofMinutes(10);
    private static final Duration SHORTEST_MISSING_AFTER = Duration.ofSeconds(10);
    private static final Duration LONGEST_MISSING_AFTER = Duration.ofDays(1);

    private String instance = hostName();
    private StoreConfig store = StoreConfig.configured(null, null, null, null);
    private String amqpUri = "amqp://127.0.0.1:5672";
    private String amqpCaFile = "";
    private Results results = Results.configured(null);
    private Limits limits = Limits.configured(null, null, null, null, null, null);
    private RetentionConfig retention = RetentionConfig.DEFAULT;
    private Duration lease = DEFAULT_LEASE;
    private Duration missingAfter = DEFAULT_MISSING_AFTER;
    private int drainWaitSeconds;
    private TracingConfig tracing = TracingConfig.OFF;
    private Cors cors = Cors.configured(null);
    private Access access = Access.configured(null, null, null);
    private @Nullable OidcConfig oidc;

    /**
     * Who may use the API.
     *
     * @param required whether every call takes a key; must be so where the facade listens on other than loopback. Default
     *     false
     * @param adminKeyFile holds a key for the role admin, made at the first start; the parent directory must be there
     * @param workerKeyFile the same for the role worker
     */
    public record Access(
            boolean required,
            @Nullable Path adminKeyFile,
            @Nullable Path workerKeyFile) {
        @JsonCreator
        public static Access configured(
                @JsonProperty("required") @Nullable Boolean required,
                @JsonProperty("adminKeyFile") @Nullable String adminKeyFile,
                @JsonProperty("workerKeyFile") @Nullable String workerKeyFile) {
            return new Access(required != null && required, file(adminKeyFile), file(workerKeyFile));
        }

        private static @Nullable Path file(@Nullable String name) {
            return name == null || name.isBlank() ? null : Path.of(name);
        }
    }

    /**
     * Whose web pages may call the API from a browser.
     *
     * @param allowedOrigins such as {@code https://console.example.com}, a comma between two. Default none: browsers let no
     *     page of another origin read an answer
     */
    public record Cors(List<String> allowedOrigins) {
        private static final Pattern ORIGIN = Pattern.compile("https?://[a-z0-9.-]+(:[0-9]{1,5})?");

        @JsonCreator
        public static Cors configured(@JsonProperty("allowedOrigins") @Nullable String allowedOrigins) {
            List<String> origins = new ArrayList<>();
            for (String origin : (allowedOrigins == null ? "" : allowedOrigins).split(",", -1)) {
                String one = origin.strip();
                if (!one.isEmpty() && !ORIGIN.matcher(one).matches()) {
                    throw new IllegalArgumentException("cors.allowedOrigins has \"" + one
                            + "\": must be origins such as https://console.example.com, without a path or a *");
                }
                if (!one.isEmpty()) {
                    origins.add(one);
                }
            }
            return new Cors(List.copyOf(origins));
        }
    }

    /**
     * Where result files are kept.
     *
     * @param directory default {@code ./.plainsail/results}. With PostgreSQL, which keeps them itself, each lies there while it
     *     arrives
     */
    public record Results(Path directory) {
        @JsonCreator
        public static Results configured(@JsonProperty("directory") @Nullable Path directory) {
            return new Results(directory == null ? Path.of(".plainsail", "results") : directory);
        }
    }

    /**
     * Bounds on what is taken in.
     *
     * @param maxRequestBytes a job request's body; default 5 MiB, a little more than the largest input of the workers here
     * @param maxBulkBytes a bulk body, held in memory; default 4 MiB
     * @param maxBulkItems requests in a bulk body; default 10,000
     * @param outbox jobs accepted and not yet taken by the broker; past it 503. Default 100,000
     * @param waits callers who wait for a job's end at a time; past it they are answered at once. Each holds a thread.
     *     Default 200
     * @param eventStreams streams of events at a time; past it 503. Each holds a thread. Default 100
     */
    public record Limits(
            int maxRequestBytes, int maxBulkBytes, int maxBulkItems, long outbox, int waits, int eventStreams) {
        @JsonCreator
        public static Limits configured(
                @JsonProperty("maxRequestBytes") @Nullable Integer maxRequestBytes,
                @JsonProperty("maxBulkBytes") @Nullable Integer maxBulkBytes,
                @JsonProperty("maxBulkItems") @Nullable Integer maxBulkItems,
                @JsonProperty("outbox") @Nullable Long outbox,
                @JsonProperty("waits") @Nullable Integer waits,
                @JsonProperty("eventStreams") @Nullable Integer eventStreams) {
            return new Limits(
                    atLeastOne("limits.maxRequestBytes", maxRequestBytes, 5 * 1024 * 1024),
                    atLeastOne("limits.maxBulkBytes", maxBulkBytes, 4 * 1024 * 1024),
                    atLeastOne("limits.maxBulkItems", maxBulkItems, 10_000),
                    outbox == null ? 100_000 : atLeastOne("limits.outbox", Math.toIntExact(outbox), 0),
                    atLeastOne("limits.waits", waits, 200),
                    atLeastOne("limits.eventStreams", eventStreams, 100));
        }

        private static int atLeastOne(String name, @Nullable Integer value, int byDefault) {
            if (value != null && value < 1) {
                throw new IllegalArgumentException(
                        name + " is " + value + ": must be 1 or more (default " + byDefault + ")");
            }
            return value == null ? byDefault : value;
        }
    }

    /** This facade's name in claims and logs; the same after a restart, another for each facade of one store. */
    @JsonProperty
    public String getInstance() {
        return instance;
    }

    @JsonProperty
    public void setInstance(String instance) {
        this.instance = instance;
    }

    @JsonProperty
    public StoreConfig getStore() {
        return store;
    }

    @JsonProperty
    public void setStore(StoreConfig store) {
        this.store = store;
    }

    @JsonProperty
    public String getAmqpUri() {
        return amqpUri;
    }

    @JsonProperty
    public void setAmqpUri(String amqpUri) {
        this.amqpUri = amqpUri;
    }

    /**
     * The authorities, in PEM, of which one must have signed the broker's certificate, for {@code amqps:}. Empty, the default:
     * those that Java trusts.
     */
    @JsonProperty
    public String getAmqpCaFile() {
        return amqpCaFile;
    }

    @JsonProperty
    public void setAmqpCaFile(String amqpCaFile) {
        this.amqpCaFile = amqpCaFile;
    }

    @JsonProperty
    public Access getAccess() {
        return access;
    }

    @JsonProperty
    public void setAccess(Access access) {
        this.access = access;
    }

    /** An issuer whose tokens are taken beside API keys; none by default. */
    @JsonProperty
    public void setOidc(OidcConfig.Section section) {
        oidc = section.config();
    }

    @Nullable
    OidcConfig oidc() {
        return oidc;
    }

    @JsonProperty
    public Cors getCors() {
        return cors;
    }

    @JsonProperty
    public void setCors(Cors cors) {
        this.cors = cors;
    }

    @JsonProperty
    public Results getResults() {
        return results;
    }

    @JsonProperty
    public void setResults(Results results) {
        this.results = results;
    }

    @JsonProperty
    public TracingConfig getTracing() {
        return tracing;
    }

    @JsonProperty
    public void setTracing(TracingConfig tracing) {
        this.tracing = tracing;
    }

    @JsonProperty
    public Limits getLimits() {
        return limits;
    }

    @JsonProperty
    public void setLimits(Limits limits) {
        this.limits = limits;
    }

    @JsonProperty
    public RetentionConfig getRetention() {
        return retention;
    }

    @JsonProperty
    public void setRetention(RetentionConfig retention) {
        this.retention = retention;
    }

    /**
     * How long a running attempt is believed in without a word from its worker, ISO 8601; three times the workers'
     * {@code heartbeatEvery}. 3 s to 1 h, default 30 s.
     */
    @JsonProperty
    public String getLease() {
        return lease.toString();
    }

    @JsonProperty
    public void setLease(String text) {
        lease = between("lease", text, SHORTEST_LEASE, LONGEST_LEASE, DEFAULT_LEASE);
    }

    private static Duration between(String name, String text, Duration least, Duration most, Duration byDefault) {
        try {
            Duration given = Duration.parse(text);
            if (given.compareTo(least) >= 0 && given.compareTo(most) <= 0) {
                return given;
            }
        } catch (DateTimeParseException e) {
            // told below
        }
        throw new IllegalArgumentException(name + " is \"" + text + "\": must be an ISO 8601 duration from " + least
                + " to " + most + " (default " + byDefault + ")");
    }

    Duration lease() {
        return lease;
    }

    /**
     * How long after it was due a job whose message is nowhere is released again, ISO 8601: the broker has lost it. Shorter
     * finds it sooner, and now and then releases a job whose message a busy worker holds, which costs a question. 10 s to
     * 1 day, default 10 min.
     */
    @JsonProperty
    public String getMissingAfter() {
        return missingAfter.toString();
    }

    @JsonProperty
    public void setMissingAfter(String text) {
        missingAfter =
                between("missingAfter", text, SHORTEST_MISSING_AFTER, LONGEST_MISSING_AFTER, DEFAULT_MISSING_AFTER);
    }

    Duration missingAfter() {
        return missingAfter;
    }

    /**
     * How long the facade, once told to stop, says that it is not ready and still takes requests: until the proxy
     * before it has noticed. Default 0, for there may be none.
     */
    @JsonProperty
    public int getDrainWaitSeconds() {
        return drainWaitSeconds;
    }

    @JsonProperty
    public void setDrainWaitSeconds(int drainWaitSeconds) {
        if (drainWaitSeconds < 0 || drainWaitSeconds > 300) {
            throw new IllegalArgumentException(
                    "drainWaitSeconds is " + drainWaitSeconds + ": must be 0 to 300 (default 0)");
        }
        this.drainWaitSeconds = drainWaitSeconds;
    }

    private static String hostName() {
        String name = System.getenv("HOSTNAME");
        if (name != null && !name.isBlank()) {
            return name;
        }
        try {
            return java.net.InetAddress.getLocalHost().getHostName();
        } catch (java.net.UnknownHostException e) {
            return "facade";
        }
    }
}
