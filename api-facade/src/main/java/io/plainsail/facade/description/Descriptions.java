package io.plainsail.facade.description;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.facade.contracts.ContractRegistry;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The documents, each made when somebody first asks for it, and again when the contracts have changed since or another day
 * (UTC) has begun, since days end versions. Thread-safe.
 */
public final class Descriptions {
    private static final int TAG_BYTES = 8;

    private final ContractRegistry contracts;
    private final Clock clock;
    private final Kept openApi;
    private final Kept asyncApi;

    /**
     * A document as it is sent.
     *
     * @param json UTF-8; read-only
     * @param tag equal for equal ones
     */
    public record Document(byte[] json, String tag) {}

    public Descriptions(ContractRegistry contracts, Clock clock, List<ProblemKind> kinds, Setup setup) {
        this.contracts = contracts;
        this.clock = clock;
        this.openApi = new Kept(new OpenApi(kinds, setup)::document);
        this.asyncApi = new Kept(new AsyncApi()::document);
    }

    public Document openApi() {
        return openApi.current();
    }

    public Document asyncApi() {
        return asyncApi.current();
    }

    private final class Kept {
        private final Function<JobTypeSchemas, ObjectNode> made;
        private @Nullable Document document;
        private long asOf;
        private LocalDate day = LocalDate.MIN;

        Kept(Function<JobTypeSchemas, ObjectNode> made) {
            this.made = made;
        }

        /** One caller makes it, and the others wait for that. */
        synchronized Document current() {
            // Before the contracts: what changes meanwhile is made again.
            long version = contracts.version();
            LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
            Document kept = document;
            if (kept == null || asOf != version || !day.equals(today)) {
                kept = written(made.apply(JobTypeSchemas.of(contracts.all(), today)));
                document = kept;
                asOf = version;
                day = today;
            }
            return kept;
        }
    }

    private static Document written(ObjectNode document) {
        try {
            byte[] json = StrictJson.mapper().writeValueAsBytes(document);
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(json);
            return new Document(json, HexFormat.of().formatHex(Arrays.copyOf(digest, TAG_BYTES)));
        } catch (JsonProcessingException | NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // A tree is JSON, and every Java has SHA-256.
        }
    }
}
