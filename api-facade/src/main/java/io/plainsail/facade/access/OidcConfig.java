package io.plainsail.facade.access;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tokens of an OpenID Connect issuer, taken beside API keys.
 *
 * @param issuer as its tokens name it in {@code iss}; its keys are found by {@code <issuer>/.well-known/openid-configuration}
 * @param audience one of a token's {@code aud} must be this: what the issuer calls this facade
 * @param roleClaim what holds a caller's roles: a text, or a list of texts; {@code a.b} is b in a. Default {@code roles}
 * @param roles which role a value of that claim gives; empty, the default: each of reader, submitter, operator and admin
 *     itself. Of several the greatest counts; a token that has none may do nothing
 * @param tenantClaim what holds the caller's tenant, {@code *} for all tenants: a token without it may do nothing. Empty,
 *     the default: every caller sees all tenants
 * @param jobTypesClaim what holds the job types that the caller may submit, {@code *} for all: a token without it may do
 *     nothing. Empty, the default: all
 * @param perMinute requests of each caller in a minute; null, the default, for no limit
 * @param caFile the authorities, in PEM, of which one must have signed the issuer's certificate; null, the default: those that
 *     Java trusts
 */
public record OidcConfig(
        URI issuer,
        String audience,
        String roleClaim,
        Map<String, Role> roles,
        String tenantClaim,
        String jobTypesClaim,
        @Nullable Integer perMinute,
        @Nullable Path caFile) {
    public OidcConfig {
        roles = Map.copyOf(roles);
        if (!isSafe(issuer)) {
            throw new IllegalArgumentException("oidc.issuer is \"" + issuer
                    + "\": must be an https: URL without query or fragment (http: on loopback only)");
        }
        if (audience.isBlank()) {
            throw new IllegalArgumentException(
                    "oidc.audience is missing: a token that the issuer made for somebody else would be taken");
        }
        if (perMinute != null && perMinute < 1) {
            throw new IllegalArgumentException(
                    "oidc.perMinute is " + perMinute + ": must be 1 or more (default: no limit)");
        }
    }

    /**
     * As it stands in the configuration's file.
     *
     * @param config null if no issuer is named: tokens are not taken then
     */
    public record Section(@Nullable OidcConfig config) {
        @JsonCreator
        public static Section configured(
                @JsonProperty("issuer") @Nullable String issuer,
                @JsonProperty("audience") @Nullable String audience,
                @JsonProperty("roleClaim") @Nullable String roleClaim,
                @JsonProperty("roles") @Nullable Map<String, String> roles,
                @JsonProperty("tenantClaim") @Nullable String tenantClaim,
                @JsonProperty("jobTypesClaim") @Nullable String jobTypesClaim,
                @JsonProperty("perMinute") @Nullable Integer perMinute,
                @JsonProperty("caFile") @Nullable String caFile) {
            if (issuer == null || issuer.isBlank()) {
                return new Section(null);
            }
            return new Section(new OidcConfig(
                    URI.create(issuer),
                    or(audience, ""),
                    or(roleClaim, "roles"),
                    mapping(roles),
                    or(tenantClaim, ""),
                    or(jobTypesClaim, ""),
                    perMinute,
                    caFile == null || caFile.isBlank() ? null : Path.of(caFile)));
        }
    }

    private static String or(@Nullable String given, String otherwise) {
        return given == null || given.isBlank() ? otherwise : given;
    }

    private static Map<String, Role> mapping(@Nullable Map<String, String> given) {
        Map<String, Role> roles = new LinkedHashMap<>();
        if (given == null || given.isEmpty()) {
            // Not the workers' role: whoever may name roles at the issuer need not know of it.
            for (Role role : new Role[] {Role.READER, Role.SUBMITTER, Role.OPERATOR, Role.ADMIN}) {
                roles.put(role.word(), role);
            }
            return roles;
        }
        given.forEach((value, word) -> roles.put(
                value,
                Role.ofWord(word)
                        .orElseThrow(() -> new IllegalArgumentException("oidc.roles." + value + " is \"" + word
                                + "\": must be one of "
                                + Arrays.stream(Role.values()).map(Role::word).toList()))));
        return roles;
    }

    /** Whether what is fetched there comes from whom it seems to come from. */
    static boolean isSafe(URI uri) {
        String host = uri.getHost();
        if (host == null || uri.getRawQuery() != null || uri.getRawFragment() != null || uri.getRawUserInfo() != null) {
            return false;
        }
        boolean here = host.equals("localhost") || host.equals("127.0.0.1") || host.equals("[::1]");
        return "https".equals(uri.getScheme()) || ("http".equals(uri.getScheme()) && here);
    }
}
