package io.plainsail.facade.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.plainsail.contracts.JobType;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.ParseException;
import java.time.Clock;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Callers by the bearer tokens of an issuer: signed JWTs (RFC 7519), checked as RFC 9068 and RFC 8725 ask. A token must be
 * signed with RSA or ECDSA by one of the issuer's keys, be of this issuer, for this audience, have an end that has not come,
 * and name its subject. Clocks may differ by a minute. Thread-safe.
 */
public final class OidcTokens {
    private static final Set<JWSAlgorithm> ALGORITHMS = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.PS384,
            JWSAlgorithm.PS512,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512);
    private static final int SKEW_SECONDS = 60;
    private static final int MAX_LENGTH = 16_000;
    private static final int MAX_JOB_TYPES = 100;
    private static final String ALL = "*";
    private static final Pattern TENANT = Pattern.compile("[a-z0-9][a-z0-9_.-]{0,62}");
    private static final Pattern PRINTABLE = Pattern.compile("[!-~]{1,90}");

    private final OidcConfig config;
    private final IssuerKeys keys;
    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

    OidcTokens(OidcConfig config, IssuerKeys keys, Clock clock) {
        this.config = config;
        this.keys = keys;
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(
                JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), new JOSEObjectType("application/at+jwt"), null));
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, keys));
        processor.setJWTClaimsSetVerifier(verifier(config, clock));
    }

    /**
     * @throws IllegalArgumentException if the configuration's CA file cannot be used
     */
    public static OidcTokens of(OidcConfig config, Clock clock) {
        return new OidcTokens(config, new IssuerKeys(config.issuer(), new BoundedFetch(config.caFile()), clock), clock);
    }

    private static DefaultJWTClaimsVerifier<SecurityContext> verifier(OidcConfig config, Clock clock) {
        DefaultJWTClaimsVerifier<SecurityContext> verifier =
                new DefaultJWTClaimsVerifier<>(
                        Set.of(config.audience()),
                        new JWTClaimsSet.Builder()
                                .issuer(config.issuer().toString())
                                .build(),
                        Set.of("sub", "exp", "aud"),
                        Set.of()) {
                    @Override
                    protected Date currentTime() {
                        return Date.from(clock.instant());
                    }
                };
        verifier.setMaxClockSkew(SKEW_SECONDS);
        return verifier;
    }

    /** For one loop. */
    public void keepFresh() {
        keys.keepFresh();
    }

    /** Requests of each caller in a minute; null for no limit. */
    public @Nullable Integer perMinute() {
        return config.perMinute();
    }

    /** Whether it is of the form of a token, and of no other. */
    public static boolean isToken(String text) {
        return text.startsWith("ey") && text.indexOf('.') > 0;
    }

    /** The caller whose token this is. */
    public Caller authenticate(String token) throws RefusedTokenException {
        JWTClaimsSet claims = claims(token);
        String subject = claims.getSubject();
        if (subject == null || subject.isBlank()) {
            throw invalid("it names no subject");
        }
        return new Caller(id(subject), tenant(claims), role(claims), jobTypes(claims));
    }

    private JWTClaimsSet claims(String token) throws RefusedTokenException {
        if (token.length() > MAX_LENGTH) {
            throw invalid("it is longer than " + MAX_LENGTH + " characters");
        }
        try {
            return processor.process(SignedJWT.parse(token), null);
        } catch (ParseException | IllegalArgumentException | IllegalStateException e) {
            throw invalid("it is no signed JWT"); // The cause may repeat the token.
        } catch (BadJOSEException e) {
            throw invalid(String.valueOf(e.getMessage()));
        } catch (KeySourceException e) {
            throw new RefusedTokenException(
                    RefusedTokenException.Kind.ISSUER_AWAY, "the token cannot be checked: " + e.getMessage());
        } catch (JOSEException e) {
            throw invalid("its signature cannot be checked");
        }
    }

    private static RefusedTokenException invalid(String reason) {
        return new RefusedTokenException(RefusedTokenException.Kind.INVALID, "the token is refused: " + reason);
    }

    private static RefusedTokenException withoutRights(String reason) {
        return new RefusedTokenException(RefusedTokenException.Kind.WITHOUT_RIGHTS, reason);
    }

    private Role role(JWTClaimsSet claims) throws RefusedTokenException {
        Role greatest = null;
        for (String value : values(claims, config.roleClaim())) {
            Role role = config.roles().get(value);
            if (role != null && (greatest == null || role.includes(greatest))) {
                greatest = role;
            }
        }
        if (greatest == null) {
            throw withoutRights("the token's claim \"" + config.roleClaim() + "\" names no role that is known here");
        }
        return greatest;
    }

    private @Nullable String tenant(JWTClaimsSet claims) throws RefusedTokenException {
        if (config.tenantClaim().isEmpty()) {
            return null;
        }
        Set<String> values = values(claims, config.tenantClaim());
        String tenant = values.size() == 1 ? values.iterator().next() : "";
        if (!tenant.equals(ALL) && !TENANT.matcher(tenant).matches()) {
            throw withoutRights("the token's claim \"" + config.tenantClaim()
                    + "\" must be one tenant, of 1 to 63 lower-case letters, digits, dots, dashes, underscores, or *");
        }
        return tenant.equals(ALL) ? null : tenant;
    }

    private Set<String> jobTypes(JWTClaimsSet claims) throws RefusedTokenException {
        if (config.jobTypesClaim().isEmpty()) {
            return Set.of();
        }
        Set<String> types = values(claims, config.jobTypesClaim());
        if (types.contains(ALL)) {
            return Set.of();
        }
        boolean fine = !types.isEmpty() && types.size() <= MAX_JOB_TYPES;
        for (String type : types) {
            fine &= JobType.isName(type);
        }
        if (!fine) {
            throw withoutRights("the token's claim \"" + config.jobTypesClaim() + "\" must name 1 to " + MAX_JOB_TYPES
                    + " job types, or *");
        }
        return types;
    }

    /** The texts in a claim, which is found by its whole name, or as a path through objects. */
    private static Set<String> values(JWTClaimsSet claims, String name) {
        Object found = claims.getClaim(name);
        if (found == null && name.indexOf('.') > 0) {
            found = claims.getClaims();
            for (String step : name.split("\\.", -1)) {
                found = found instanceof Map<?, ?> object ? object.get(step) : null;
            }
        }
        Set<String> values = new LinkedHashSet<>();
        if (found instanceof String text) {
            Arrays.stream(text.split(" ", -1)).filter(one -> !one.isEmpty()).forEach(values::add);
        } else if (found instanceof Collection<?> list) {
            list.stream()
                    .filter(String.class::isInstance)
                    .map(String.class::cast)
                    .forEach(values::add);
        }
        return values;
    }

    /** Short and printable, whatever the issuer calls its subjects. */
    private static String id(String subject) {
        return "oidc:" + (PRINTABLE.matcher(subject).matches() ? subject : "sha256-" + digest(subject));
    }

    private static String digest(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // Every Java has it.
        }
    }
}
