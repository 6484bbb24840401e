package io.plainsail.workers.webhook;

import static io.plainsail.workers.webhook.InvalidWebhookException.Reason.HEADER;
import static io.plainsail.workers.webhook.InvalidWebhookException.Reason.SIGNATURE;
import static io.plainsail.workers.webhook.InvalidWebhookException.Reason.TIMESTAMP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookSignatureTest {
    // The vector of the reference libraries: standard-webhooks/standard-webhooks, libraries/java, WebhookTest.
    private static final SigningKey KEY = SigningKey.of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    private static final String MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private static final Instant AT = Instant.ofEpochSecond(1_614_265_330);
    private static final byte[] PAYLOAD = "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8);
    private static final String EXPECTED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    private static final SigningKey OTHER = SigningKey.of("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

    @Test
    void publishedVectorIsSignedAsPublished() {
        assertThat(WebhookSignature.sign(MESSAGE_ID, AT, PAYLOAD, KEY))
                .isEqualTo(Map.of(
                        "webhook-id", MESSAGE_ID, "webhook-timestamp", "1614265330", "webhook-signature", EXPECTED));
    }

    @Test
    void publishedVectorIsVerified() {
        assertThat(verify(signed(), PAYLOAD, KEY, AT)).isEqualTo(MESSAGE_ID);
    }

    @Test
    void headerNamesMayBeInAnyCase() {
        Map<String, List<String>> headers = new HashMap<>();
        signed().forEach((name, value) -> headers.put(name.toUpperCase(java.util.Locale.ROOT), value));
        assertThat(verify(headers, PAYLOAD, KEY, AT)).isEqualTo(MESSAGE_ID);
    }

    @Test
    void oneValidSignatureAmongOthersIsEnough() {
        Map<String, List<String>> headers = signed();
        headers.put(
                "webhook-signature",
                List.of("v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,abc v1a,AAAA v1,*** " + EXPECTED));
        assertThat(verify(headers, PAYLOAD, KEY, AT)).isEqualTo(MESSAGE_ID);
    }

    @Test
    void rotatedSenderIsVerifiedByOldAndNewReceivers() {
        SigningKey rotating =
                SigningKey.of("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        Map<String, List<String>> headers = lists(WebhookSignature.sign(MESSAGE_ID, AT, PAYLOAD, rotating));
        assertThat(verify(headers, PAYLOAD, KEY, AT)).isEqualTo(MESSAGE_ID);
        assertThat(verify(headers, PAYLOAD, OTHER, AT)).isEqualTo(MESSAGE_ID);
    }

    @Test
    void changedBodyIdOrTimeIsRefused() {
        byte[] changed = PAYLOAD.clone();
        changed[0] ^= 1;
        assertThat(reason(signed(), changed, KEY, AT)).isEqualTo(SIGNATURE);

        Map<String, List<String>> otherId = signed();
        otherId.put("webhook-id", List.of("msg_other"));
        assertThat(reason(otherId, PAYLOAD, KEY, AT)).isEqualTo(SIGNATURE);

        Map<String, List<String>> otherTime = signed();
        otherTime.put("webhook-timestamp", List.of("1614265331"));
        assertThat(reason(otherTime, PAYLOAD, KEY, AT)).isEqualTo(SIGNATURE);
    }

    @Test
    void wrongKeyIsRefused() {
        assertThat(reason(signed(), PAYLOAD, OTHER, AT)).isEqualTo(SIGNATURE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "invalid_signature",
                "v1,",
                "v1,invalid_signature",
                "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1O",
                "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
            })
    void malformedSignaturesAreRefused(String signature) {
        Map<String, List<String>> headers = signed();
        headers.put("webhook-signature", List.of(signature));
        assertThat(reason(headers, PAYLOAD, KEY, AT)).isEqualTo(SIGNATURE);
    }

    @Test
    void timestampMayBeAsFarAwayAsTheToleranceAndNoFurther() {
        Duration tolerance = WebhookSignature.DEFAULT_TOLERANCE;
        assertThat(verify(signed(), PAYLOAD, KEY, AT.plus(tolerance))).isEqualTo(MESSAGE_ID);
        assertThat(verify(signed(), PAYLOAD, KEY, AT.minus(tolerance))).isEqualTo(MESSAGE_ID);
        assertThat(reason(signed(), PAYLOAD, KEY, AT.plus(tolerance).plusMillis(1)))
                .isEqualTo(TIMESTAMP);
        assertThat(reason(signed(), PAYLOAD, KEY, AT.minus(tolerance).minusMillis(1)))
                .isEqualTo(TIMESTAMP);
    }

    @ParameterizedTest
    @ValueSource(strings = {"webhook-id", "webhook-timestamp", "webhook-signature"})
    void missingOrDoubledHeadersAreRefused(String name) {
        Map<String, List<String>> missing = signed();
        missing.remove(name);
        assertThat(reason(missing, PAYLOAD, KEY, AT)).isEqualTo(HEADER);

        Map<String, List<String>> doubled = signed();
        doubled.computeIfPresent(name, (key, value) -> List.of(value.get(0), value.get(0)));
        assertThat(reason(doubled, PAYLOAD, KEY, AT)).isEqualTo(HEADER);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "+1614265330", "1614265330.5", "abc", "99999999999999999999", "１６"})
    void malformedTimestampsAreRefused(String timestamp) {
        Map<String, List<String>> headers = signed();
        headers.put("webhook-timestamp", List.of(timestamp));
        assertThat(reason(headers, PAYLOAD, KEY, AT)).isEqualTo(HEADER);
    }

    /** {@code a.1614265330.5} is id {@code a} with body {@code 5…} as well as id {@code a.1614265330}. */
    @Test
    void idWithAFullStopIsNeitherSignedNorVerified() {
        assertThatThrownBy(() -> WebhookSignature.sign("a.b", AT, PAYLOAD, KEY)).hasMessageContaining("full stop");
        assertThatThrownBy(() -> WebhookSignature.sign("", AT, PAYLOAD, KEY))
                .isInstanceOf(IllegalArgumentException.class);

        byte[] number = (AT.getEpochSecond() + ".5").getBytes(StandardCharsets.UTF_8);
        Map<String, List<String>> shifted = lists(WebhookSignature.sign("a", AT, number, KEY));
        shifted.put("webhook-id", List.of("a." + AT.getEpochSecond()));
        assertThat(reason(shifted, "5".getBytes(StandardCharsets.UTF_8), KEY, AT))
                .isEqualTo(HEADER);
    }

    private static Map<String, List<String>> signed() {
        return lists(WebhookSignature.sign(MESSAGE_ID, AT, PAYLOAD, KEY));
    }

    private static Map<String, List<String>> lists(Map<String, String> headers) {
        Map<String, List<String>> lists = new LinkedHashMap<>();
        headers.forEach((name, value) -> lists.put(name, List.of(value)));
        return lists;
    }

    private static String verify(Map<String, List<String>> headers, byte[] body, SigningKey key, Instant now) {
        return WebhookSignature.verify(
                headers, body, key, WebhookSignature.DEFAULT_TOLERANCE, Clock.fixed(now, ZoneOffset.UTC));
    }

    private static InvalidWebhookException.Reason reason(
            Map<String, List<String>> headers, byte[] body, SigningKey key, Instant now) {
        return catchThrowableOfType(InvalidWebhookException.class, () -> verify(headers, body, key, now))
                .reason();
    }
}
