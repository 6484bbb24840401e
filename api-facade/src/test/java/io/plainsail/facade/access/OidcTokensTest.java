package io.plainsail.facade.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.plainsail.facade.access.RefusedTokenException.Kind;
import io.plainsail.testbed.MovingClock;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tokens, good and hostile, of an issuer that rotates its keys and goes away. */
@Timeout(120)
class OidcTokensTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static RSAKey rsa;
    private static ECKey ec;
    private static RSAKey stranger;

    private final MovingClock clock = MovingClock.at(NOON);
    private TestIssuer issuer;
    private OidcTokens tokens;

    @BeforeAll
    static void makeKeys() throws Exception {
        try (TestIssuer any = TestIssuer.start(MovingClock.at(NOON))) {
            rsa = any.rsa("first");
            ec = any.ec("second");
            stranger = any.rsa("first");
        }
    }

    @BeforeEach
    void start() throws Exception {
        issuer = TestIssuer.start(clock);
        issuer.publish(rsa);
        tokens = tokens(Map.of(), "", "");
    }

    @AfterEach
    void stop() {
        issuer.close();
    }

    private OidcTokens tokens(Map<String, String> roles, String tenantClaim, String jobTypesClaim) {
        return tokens("roles", roles, tenantClaim, jobTypesClaim);
    }

    private OidcTokens tokens(String roleClaim, Map<String, String> roles, String tenantClaim, String jobTypesClaim) {
        OidcConfig config = OidcConfig.Section.configured(
                        issuer.uri().toString(),
                        TestIssuer.AUDIENCE,
                        roleClaim,
                        roles,
                        tenantClaim,
                        jobTypesClaim,
                        null,
                        null)
                .config();
        return OidcTokens.of(config, clock);
    }

    private static RefusedTokenException refused(OidcTokens tokens, String token) {
        RefusedTokenException refusal =
                catchThrowableOfType(RefusedTokenException.class, () -> tokens.authenticate(token));
        assertThat(refusal).isNotNull();
        return refusal;
    }

    private Kind kindOfRefusal(String token) {
        return refused(tokens, token).kind();
    }

    @Test
    void aTokenIsItsSubjectWithItsRole() throws Exception {
        issuer.publish(rsa, ec);
        for (var key : List.of(rsa, ec)) {
            Caller caller = tokens.authenticate(
                    TestIssuer.sign(key, issuer.claims("operator").build()));
            assertThat(caller).isEqualTo(new Caller("oidc:zoe", null, Role.OPERATOR, Set.of()));
        }
        assertThat(tokens.authenticate(TestIssuer.sign(
                                rsa,
                                JWSAlgorithm.PS256,
                                "JWT",
                                issuer.claims("reader").subject("Zoë and more").build()))
                        .id())
                .startsWith("oidc:sha256-")
                .hasSizeLessThanOrEqualTo(100);
    }

    @Test
    void hostileTokensAreRefused() throws Exception {
        JWTClaimsSet good = issuer.claims("admin").build();
        String signed = TestIssuer.sign(rsa, good);
        String[] parts = signed.split("\\.");
        SignedJWT hmac = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("first").build(), good);
        hmac.sign(new MACSigner(rsa.toRSAPublicKey().getEncoded())); // The public key as a shared secret.
        Map<String, String> hostile = new LinkedHashMap<>();
        hostile.put("no signature", new PlainJWT(good).serialize());
        hostile.put("alg none in a signed form", header("{\"alg\":\"none\"}") + "." + parts[1] + ".");
        hostile.put("signature cut off", parts[0] + "." + parts[1] + ".");
        hostile.put("shared secret", hmac.serialize());
        hostile.put("another's key under a known id", TestIssuer.sign(stranger, good));
        hostile.put(
                "claims changed",
                parts[0] + "." + header("{\"sub\":\"zoe\",\"roles\":\"admin\",\"exp\":9999999999}") + "." + parts[2]);
        hostile.put(
                "algorithm that its key has not",
                header("{\"alg\":\"ES256\",\"kid\":\"first\"}") + "." + parts[1] + "." + parts[2]);
        hostile.put("own key in its header", ownKey(good));
        hostile.put(
                "critical header that nobody knows",
                header("{\"alg\":\"RS256\",\"kid\":\"first\",\"crit\":[\"x\"],\"x\":1}") + "." + parts[1] + "."
                        + parts[2]);
        hostile.put("of another kind", TestIssuer.sign(rsa, JWSAlgorithm.RS256, "logout+jwt", good));
        hostile.put(
                "another issuer",
                TestIssuer.sign(
                        rsa,
                        issuer.claims("admin").issuer("https://evil.example").build()));
        hostile.put(
                "issuer with a slash more",
                TestIssuer.sign(
                        rsa, issuer.claims("admin").issuer(issuer.uri() + "/").build()));
        hostile.put(
                "no issuer",
                TestIssuer.sign(rsa, issuer.claims("admin").issuer(null).build()));
        hostile.put(
                "another audience",
                TestIssuer.sign(rsa, issuer.claims("admin").audience("shop").build()));
        hostile.put(
                "no audience",
                TestIssuer.sign(
                        rsa, issuer.claims("admin").audience((String) null).build()));
        hostile.put(
                "no subject",
                TestIssuer.sign(rsa, issuer.claims("admin").subject(null).build()));
        hostile.put(
                "empty subject",
                TestIssuer.sign(rsa, issuer.claims("admin").subject(" ").build()));
        hostile.put(
                "no end",
                TestIssuer.sign(rsa, issuer.claims("admin").expirationTime(null).build()));
        hostile.put(
                "not yet",
                TestIssuer.sign(
                        rsa,
                        issuer.claims("admin")
                                .notBeforeTime(at(Duration.ofSeconds(120)))
                                .build()));
        hostile.put(
                "over",
                TestIssuer.sign(
                        rsa,
                        issuer.claims("admin")
                                .expirationTime(at(Duration.ofSeconds(-120)))
                                .build()));
        hostile.put("too long", signed + "A".repeat(20_000));
        hostile.put("encrypted", header("{\"alg\":\"dir\",\"enc\":\"A128GCM\"}") + "..a.b.c");
        hostile.put("two parts", parts[0] + "." + parts[1]);
        hostile.put("nothing", "ey.");
        hostile.put("no base64", "ey!.!.!");
        hostile.put(
                "deep", header("{\"alg\":\"RS256\",\"a\":" + "[".repeat(3_000) + "]".repeat(3_000) + "}") + ".e30.e30");
        Map<String, Object> taken = new LinkedHashMap<>();
        hostile.forEach((what, token) -> {
            try {
                taken.put(what, tokens.authenticate(token));
            } catch (RefusedTokenException e) {
                if (e.kind() != Kind.INVALID || e.getMessage().contains(parts[1])) {
                    taken.put(what, e);
                }
            }
        });
        assertThat(taken).isEmpty();
    }

    private static String header(String json) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    private static String ownKey(JWTClaimsSet claims) throws Exception {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                        .keyID("mine")
                        .jwk(stranger.toPublicJWK())
                        .jwkURL(URI.create("https://evil.example/keys"))
                        .build(),
                claims);
        token.sign(new com.nimbusds.jose.crypto.RSASSASigner(stranger));
        return token.serialize();
    }

    private Date at(Duration fromNow) {
        return Date.from(clock.instant().plus(fromNow));
    }

    @Test
    void clocksMayDifferByAMinute() throws Exception {
        String early = TestIssuer.sign(
                rsa,
                issuer.claims("reader")
                        .notBeforeTime(at(Duration.ofSeconds(50)))
                        .build());
        String late = TestIssuer.sign(
                rsa,
                issuer.claims("reader")
                        .expirationTime(at(Duration.ofSeconds(-50)))
                        .build());
        assertThat(tokens.authenticate(early).role()).isEqualTo(Role.READER);
        assertThat(tokens.authenticate(late).role()).isEqualTo(Role.READER);
        clock.advance(Duration.ofSeconds(11));
        assertThat(kindOfRefusal(late)).isEqualTo(Kind.INVALID);
    }

    // Rights ---------------------------------------------------------------------------------------------------

    @Test
    void valuesOfTheClaimAreRolesAndTheGreatestCounts() throws Exception {
        OidcTokens mapped = tokens(
                "realm_access.roles", Map.of("jobs-ops", "operator", "jobs-look", "reader", "bots", "worker"), "", "");
        var nested = Map.of("roles", List.of("other", "jobs-look", "jobs-ops", 7));
        assertThat(mapped.authenticate(TestIssuer.sign(
                                rsa,
                                issuer.claims("").claim("realm_access", nested).build()))
                        .role())
                .isEqualTo(Role.OPERATOR);
        assertThat(mapped.authenticate(TestIssuer.sign(
                                rsa,
                                issuer.claims("")
                                        .claim("realm_access.roles", "jobs-look bots")
                                        .build()))
                        .role())
                .isIn(Role.READER, Role.WORKER);
        for (Object none : List.of("admin", List.of(), 5, Map.of("operator", true), "jobs-ops2")) {
            String token = TestIssuer.sign(
                    rsa, issuer.claims("").claim("realm_access.roles", none).build());
            assertThat(refused(mapped, token).kind()).as("%s", none).isEqualTo(Kind.WITHOUT_RIGHTS);
        }
        assertThat(kindOfRefusal(TestIssuer.sign(rsa, issuer.claims("worker").build())))
                .as("by default nobody is a worker")
                .isEqualTo(Kind.WITHOUT_RIGHTS);
    }

    @Test
    void whereTenantsAreAskedForATokenWithoutOneMayDoNothing() throws Exception {
        OidcTokens ofTenants = tokens(Map.of(), "tenant", "jobs");
        JWTClaimsSet.Builder acme =
                issuer.claims("submitter").claim("tenant", "acme").claim("jobs", List.of("test.echo"));
        assertThat(ofTenants.authenticate(TestIssuer.sign(rsa, acme.build())))
                .isEqualTo(new Caller("oidc:zoe", "acme", Role.SUBMITTER, Set.of("test.echo")));
        assertThat(ofTenants.authenticate(TestIssuer.sign(
                        rsa, acme.claim("tenant", "*").claim("jobs", "*").build())))
                .isEqualTo(new Caller("oidc:zoe", null, Role.SUBMITTER, Set.of()));
        for (Object none : List.of("", "A B", List.of("acme", "zebra"), List.of(), 5)) {
            String token = TestIssuer.sign(
                    rsa,
                    issuer.claims("admin")
                            .claim("tenant", none)
                            .claim("jobs", "*")
                            .build());
            assertThat(refused(ofTenants, token).kind()).as("tenant %s", none).isEqualTo(Kind.WITHOUT_RIGHTS);
        }
        for (Object none : List.of("", "NO TYPE", List.of())) {
            String token = TestIssuer.sign(
                    rsa,
                    issuer.claims("admin")
                            .claim("tenant", "acme")
                            .claim("jobs", none)
                            .build());
            assertThat(refused(ofTenants, token).kind()).as("jobs %s", none).isEqualTo(Kind.WITHOUT_RIGHTS);
        }
        String bare = TestIssuer.sign(rsa, issuer.claims("admin").build());
        assertThat(refused(ofTenants, bare).kind()).isEqualTo(Kind.WITHOUT_RIGHTS);
    }

    // Keys -----------------------------------------------------------------------------------------------------

    @Test
    void aNewKeyIsKnownWhenItIsFirstUsedAndOneThatIsTakenBackIsNot() throws Exception {
        String byFirst = TestIssuer.sign(rsa, issuer.claims("reader").build());
        tokens.authenticate(byFirst);
        clock.advance(Duration.ofSeconds(11));
        issuer.publish(rsa, ec);
        String bySecond = TestIssuer.sign(ec, issuer.claims("reader").build());
        assertThat(tokens.authenticate(bySecond).role()).isEqualTo(Role.READER);
        issuer.publish(ec);
        clock.advance(Duration.ofMinutes(4));
        assertThat(tokens.authenticate(byFirst).role()).isEqualTo(Role.READER);
        clock.advance(Duration.ofSeconds(61));
        tokens.keepFresh();
        assertThat(kindOfRefusal(byFirst)).isEqualTo(Kind.INVALID);
    }

    @Test
    void inventedKeysDoNotFloodTheIssuer() throws Exception {
        tokens.keepFresh();
        int before = issuer.asked();
        RSAKey invented = new RSAKey.Builder(stranger).keyID("invented").build();
        String token = TestIssuer.sign(invented, issuer.claims("admin").build());
        for (int i = 0; i < 50; i++) {
            assertThat(kindOfRefusal(token)).isEqualTo(Kind.INVALID);
        }
        assertThat(issuer.asked()).isEqualTo(before);
        clock.advance(Duration.ofSeconds(11));
        for (int i = 0; i < 50; i++) {
            assertThat(kindOfRefusal(token)).isEqualTo(Kind.INVALID);
        }
        assertThat(issuer.asked()).as("its two documents, once").isEqualTo(before + 2);
    }

    @Test
    void whileTheIssuerIsAwayKnownKeysGoOnForADayAndOfOthersNothingIsSaid() throws Exception {
        tokens.keepFresh();
        issuer.goAway(true);
        clock.advance(Duration.ofMinutes(10));
        tokens.keepFresh();
        assertThat(tokens.authenticate(
                                TestIssuer.sign(rsa, issuer.claims("reader").build()))
                        .role())
                .isEqualTo(Role.READER);
        String byNew = TestIssuer.sign(ec, issuer.claims("reader").build());
        assertThat(refused(tokens, byNew))
                .hasMessageContaining("answered 503")
                .extracting(RefusedTokenException::kind)
                .isEqualTo(Kind.ISSUER_AWAY);
        clock.advance(Duration.ofHours(24));
        assertThat(kindOfRefusal(TestIssuer.sign(rsa, issuer.claims("reader").build())))
                .isEqualTo(Kind.ISSUER_AWAY);
        issuer.goAway(false);
        issuer.publish(rsa, ec);
        clock.advance(Duration.ofSeconds(11));
        assertThat(tokens.authenticate(
                                TestIssuer.sign(ec, issuer.claims("reader").build()))
                        .role())
                .isEqualTo(Role.READER);
    }

    @Test
    void anIssuerThatWasNeverHeardOfGivesNoRights() throws Exception {
        issuer.goAway(true);
        assertThat(kindOfRefusal(TestIssuer.sign(rsa, issuer.claims("admin").build())))
                .isEqualTo(Kind.ISSUER_AWAY);
    }

    @Test
    void documentsThatAreNoneChangeNothing() throws Exception {
        tokens.keepFresh();
        String token = TestIssuer.sign(
                rsa,
                issuer.claims("reader").expirationTime(at(Duration.ofHours(5))).build());
        for (String nonsense : List.of(
                "",
                "nonsense",
                "[]",
                "{\"issuer\":\"https://evil.example\",\"jwks_uri\":\"https://evil.example/keys\"}",
                "{\"issuer\":\"" + issuer.uri() + "\"}",
                "{\"issuer\":\"" + issuer.uri() + "\",\"jwks_uri\":\"http://evil.example/keys\"}",
                "{\"issuer\":\"" + issuer.uri() + "\",\"jwks_uri\":\"file:///etc/passwd\"}",
                "{\"issuer\":\"" + issuer.uri() + "\",\"jwks_uri\":\"" + issuer.uri() + "/keys\",\"x\":\""
                        + "x".repeat(300_000) + "\"}")) {
            issuer.answerNonsense(nonsense);
            clock.advance(Duration.ofMinutes(6));
            tokens.keepFresh();
            assertThat(tokens.authenticate(token).role()).isEqualTo(Role.READER);
            String byNew = TestIssuer.sign(ec, issuer.claims("reader").build());
            assertThat(kindOfRefusal(byNew))
                    .as(nonsense.substring(0, Math.min(80, nonsense.length())))
                    .isEqualTo(Kind.ISSUER_AWAY);
        }
    }

    @Test
    void weakAndSymmetricKeysAreNotTaken() throws Exception {
        RSAKey weak = new com.nimbusds.jose.jwk.gen.RSAKeyGenerator(1024, true)
                .keyID("weak")
                .generate();
        issuer.publish(weak, rsa);
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("weak").build(),
                issuer.claims("admin").build());
        token.sign(new com.nimbusds.jose.crypto.RSASSASigner(weak.toPrivateKey(), true));
        assertThat(kindOfRefusal(token.serialize())).isEqualTo(Kind.INVALID);
    }

    // Configuration --------------------------------------------------------------------------------------------

    @Test
    void whatCannotBeSafeIsRefusedAtTheStart() throws IOException {
        assertThat(OidcConfig.Section.configured("", null, null, null, null, null, null, null)
                        .config())
                .isNull();
        assertThatThrownBy(() -> section("http://issuer.example", "a", Map.of()))
                .hasMessageContaining("oidc.issuer is \"http://issuer.example\": must be an https: URL");
        assertThatThrownBy(() -> section("https://issuer.example?a=b", "a", Map.of()))
                .hasMessageContaining("oidc.issuer");
        assertThatThrownBy(() -> section("https://issuer.example", " ", Map.of()))
                .hasMessageContaining("oidc.audience is missing");
        assertThatThrownBy(() -> section("https://issuer.example", "a", Map.of("x", "king")))
                .hasMessageContaining("oidc.roles.x is \"king\"");
    }

    private static OidcConfig.Section section(String issuer, String audience, Map<String, String> roles) {
        return OidcConfig.Section.configured(issuer, audience, null, roles, null, null, null, null);
    }
}
