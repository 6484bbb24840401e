package io.plainsail.facade.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** An OpenID Connect issuer of one's own: real keys, real signatures, over HTTP on loopback. */
public final class TestIssuer implements AutoCloseable {
    public static final String AUDIENCE = "plainsail";

    private final HttpServer server;
    private final Clock clock;
    private final List<JWK> published = new CopyOnWriteArrayList<>();
    private final AtomicInteger asked = new AtomicInteger();

    /** What is answered in place of the documents; null for those. */
    private volatile String nonsense;

    private volatile boolean away;

    private TestIssuer(HttpServer server, Clock clock) {
        this.server = server;
        this.clock = clock;
    }

    public static TestIssuer start(Clock clock) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        TestIssuer issuer = new TestIssuer(server, clock);
        server.createContext("/", issuer::answer);
        server.start();
        return issuer;
    }

    private void answer(HttpExchange exchange) throws IOException {
        asked.incrementAndGet();
        String body =
                nonsense != null ? nonsense : document(exchange.getRequestURI().getPath());
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(away ? 503 : 200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private String document(String path) {
        return path.endsWith("/.well-known/openid-configuration")
                ? "{\"issuer\":\"" + uri() + "\",\"jwks_uri\":\"" + uri() + "/keys\"}"
                : new JWKSet(List.copyOf(published)).toString(true);
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** How many requests came. */
    public int asked() {
        return asked.get();
    }

    public void goAway(boolean now) {
        away = now;
    }

    public void answerNonsense(String text) {
        nonsense = text;
    }

    public RSAKey rsa(String id) throws JOSEException {
        return new RSAKeyGenerator(2048).keyID(id).generate();
    }

    public ECKey ec(String id) throws JOSEException {
        return new ECKeyGenerator(Curve.P_256).keyID(id).generate();
    }

    public void publish(JWK... keys) {
        published.clear();
        published.addAll(List.of(keys));
    }

    /** Claims of a token that is taken, with the given role. */
    public JWTClaimsSet.Builder claims(String role) {
        Instant now = clock.instant();
        return new JWTClaimsSet.Builder()
                .issuer(uri().toString())
                .audience(AUDIENCE)
                .subject("zoe")
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(300)))
                .claim("roles", List.of(role));
    }

    public static String sign(JWK key, JWTClaimsSet claims) throws JOSEException {
        return sign(key, key instanceof RSAKey ? JWSAlgorithm.RS256 : JWSAlgorithm.ES256, "at+jwt", claims);
    }

    public static String sign(JWK key, JWSAlgorithm algorithm, String type, JWTClaimsSet claims) throws JOSEException {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(algorithm)
                        .type(new JOSEObjectType(type))
                        .keyID(key.getKeyID())
                        .build(),
                claims);
        token.sign(key instanceof RSAKey rsa ? new RSASSASigner(rsa) : new ECDSASigner(key.toECKey()));
        return token.serialize();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
