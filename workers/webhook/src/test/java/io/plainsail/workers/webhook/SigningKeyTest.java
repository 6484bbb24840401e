package io.plainsail.workers.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SigningKeyTest {
    private static final byte[] CONTENT = "id.1.{}".getBytes(StandardCharsets.UTF_8);

    @ParameterizedTest
    @ValueSource(ints = {24, 32, 64})
    void secretsOfTheStandardsLengthsAreTaken(int bytes) {
        assertThat(SigningKey.of(secret(bytes, 1)).sign(CONTENT)).startsWith("v1,");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 23, 65})
    void secretsOfOtherLengthsAreRefused(int bytes) {
        assertThatThrownBy(() -> SigningKey.of(secret(bytes, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(bytes + " bytes")
                .hasMessageContaining("24 to 64");
    }

    @Test
    void twoSecretsSignBothAndVerifyEither() {
        SigningKey current = SigningKey.of(secret(32, 1));
        SigningKey previous = SigningKey.of(secret(32, 2));
        SigningKey both = SigningKey.of(secret(32, 1) + " " + secret(32, 2));

        assertThat(both.sign(CONTENT)).isEqualTo(current.sign(CONTENT) + " " + previous.sign(CONTENT));
        byte[] old = Base64.getDecoder().decode(previous.sign(CONTENT).substring(3));
        assertThat(both.verifies(old, CONTENT)).isTrue();
        assertThat(current.verifies(old, CONTENT)).isFalse();
        assertThat(SigningKey.of(List.of(secret(32, 1), secret(32, 2))).sign(CONTENT))
                .isEqualTo(both.sign(CONTENT));
    }

    @Test
    void noneAndThreeSecretsAreRefused() {
        String one = secret(24, 1);
        assertThatThrownBy(() -> SigningKey.of("")).hasMessageContaining("secrets are 0");
        assertThatThrownBy(() -> SigningKey.of("  \n")).hasMessageContaining("secrets are 0");
        assertThatThrownBy(() -> SigningKey.of(one + " " + one + " " + one)).hasMessageContaining("secrets are 3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS*",
                "whsec_TWZLUTly",
                "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
            })
    void messagesNeverShowTheSecret(String text) {
        assertThatThrownBy(() -> SigningKey.of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasNoCause()
                .satisfies(e -> assertThat(e.toString())
                        .doesNotContain(text)
                        .doesNotContain("MfKQ")
                        .doesNotContain("TWZL")
                        .doesNotContain("*"));
    }

    @Test
    void keyPrintsRedacted() {
        assertThat(SigningKey.of(secret(24, 1))).hasToString("[REDACTED]");
    }

    private static String secret(int bytes, int seed) {
        byte[] secret = new byte[bytes];
        java.util.Arrays.fill(secret, (byte) seed);
        return "whsec_" + Base64.getEncoder().encodeToString(secret);
    }
}
