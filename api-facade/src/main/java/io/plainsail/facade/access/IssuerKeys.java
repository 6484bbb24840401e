package io.plainsail.facade.access;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import io.plainsail.contracts.json.InvalidJsonException;
import io.plainsail.contracts.json.StrictJson;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys with which an issuer signs, as it publishes them.
 *
 * <ol>
 *   <li>A loop fetches them every five minutes; what the issuer has taken back is gone then.
 *   <li>A token whose key is not among them has them fetched at once, by one request at a time and every ten seconds at most:
 *       so a new key is known when it is first used, and tokens with invented keys cost the issuer nothing.
 *   <li>While the issuer does not answer, known keys go on for a day. Of others nothing can be said.
 * </ol>
 *
 * <p>Thread-safe. Fetching is bounded in time and size, and nobody waits for another's fetch.
 */
public final class IssuerKeys implements JWKSource<SecurityContext> {
    private static final Logger log = LoggerFactory.getLogger(IssuerKeys.class);
    private static final Duration FRESH = Duration.ofMinutes(5);
    private static final Duration BETWEEN_FETCHES = Duration.ofSeconds(10);
    private static final Duration WITHOUT_A_WORD = Duration.ofDays(1);
    private static final int MAX_KEYS = 100;
    private static final int LEAST_RSA_BITS = 2_048;

    /** Gets a document of the issuer's. */
    @FunctionalInterface
    interface Fetch {
        /** @throws IOException if it does not come, whole and within the bounds */
        byte[] get(URI from) throws IOException;
    }

    private record Known(JWKSet keys, Instant at) {}

    private final URI issuer;
    private final Fetch fetch;
    private final Clock clock;
    private final ReentrantLock fetching = new ReentrantLock();

    private volatile @Nullable Known known;

    /** Why the last fetch failed; null if it did not. Written under the lock. */
    private volatile @Nullable String failure;

    /** Written under the lock. */
    private volatile Instant tried = Instant.EPOCH;

    IssuerKeys(URI issuer, Fetch fetch, Clock clock) {
        this.issuer = issuer;
        this.fetch = fetch;
        this.clock = clock;
    }

    @Override
    public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context) throws KeySourceException {
        List<JWK> found = select(selector);
        if (!found.isEmpty()) {
            return found;
        }
        boolean looked = fetchIfAllowed();
        found = select(selector);
        String reason = failure;
        if (found.isEmpty() && (!looked || reason != null || known == null)) {
            throw new KeySourceException("the issuer's keys cannot be looked at now"
                    + (reason == null ? ": somebody else is looking" : ": " + reason));
        }
        return found;
    }

    private List<JWK> select(JWKSelector selector) {
        Known now = known;
        return now == null || now.at().plus(WITHOUT_A_WORD).isBefore(clock.instant())
                ? List.of()
                : selector.select(now.keys());
    }

    /** For one loop. */
    public void keepFresh() {
        Known now = known;
        if (now == null || now.at().plus(FRESH).isBefore(clock.instant())) {
            fetchIfAllowed();
        }
    }

    /** Returns whether what is known is as new as can be asked for; false if somebody else is fetching. */
    private boolean fetchIfAllowed() {
        if (!fetching.tryLock()) {
            return false;
        }
        try {
            Instant now = clock.instant();
            if (tried.plus(BETWEEN_FETCHES).isAfter(now)) {
                return true;
            }
            fetch();
            tried = clock.instant();
            return true;
        } finally {
            fetching.unlock();
        }
    }

    private void fetch() {
        String before = failure;
        try {
            JWKSet keys = keys(jwksUri());
            known = new Known(keys, clock.instant());
            failure = null;
            if (before != null) {
                log.info("The issuer {} answers again: {} keys", issuer, keys.size());
            }
        } catch (IOException | ParseException | InvalidJsonException e) {
            failure = String.valueOf(e.getMessage());
            if (before == null) {
                log.warn("The issuer {} gives no keys: {}; those that are known go on for a day", issuer, failure);
            }
        }
    }

    /** As the issuer's discovery document has it (OpenID Connect Discovery 1.0, section 4). */
    private URI jwksUri() throws IOException {
        String base = issuer.toString();
        JsonNode document =
                StrictJson.read(fetch.get(URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base)
                        + "/.well-known/openid-configuration")));
        if (!document.path("issuer").asText().equals(base)) {
            throw new IOException("its discovery document names another issuer");
        }
        try {
            URI uri = URI.create(document.path("jwks_uri").asText());
            if (OidcConfig.isSafe(URI.create(uri.getScheme() + "://" + uri.getRawAuthority()))) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new IOException("its discovery document names no https: URL as jwks_uri");
    }

    /** Those that are good for checking signatures. */
    private JWKSet keys(URI uri) throws IOException, ParseException {
        JWKSet published = JWKSet.parse(new String(fetch.get(uri), StandardCharsets.UTF_8));
        List<JWK> fit = new ArrayList<>();
        for (JWK key : published.toPublicJWKSet().getKeys()) {
            boolean strong = key instanceof ECKey || (key instanceof RSAKey && key.size() >= LEAST_RSA_BITS);
            if (strong && fit.size() < MAX_KEYS) {
                fit.add(key);
            }
        }
        return new JWKSet(fit);
    }
}
