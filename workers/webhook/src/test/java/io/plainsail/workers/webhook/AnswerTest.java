package io.plainsail.workers.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class AnswerTest {
    @Test
    void textIsUtf8ByDefault() {
        assertThat(Answer.text("grüße 🚢".getBytes(StandardCharsets.UTF_8), null, false))
                .isEqualTo("grüße 🚢");
    }

    @Test
    void latin1IsReadWhenSaid() {
        byte[] body = "grüße".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(Answer.text(body, "text/plain; charset=ISO-8859-1", false)).isEqualTo("grüße");
    }

    @Test
    void characterCutByTheBoundIsLeftOut() {
        byte[] ship = "a🚢".getBytes(StandardCharsets.UTF_8);
        byte[] cut = Arrays.copyOf(ship, ship.length - 1);
        assertThat(Answer.text(cut, null, true)).isEqualTo("a");
        assertThat(Answer.text(cut, null, false)).isEqualTo("a\ufffd");
    }

    @Test
    void whatDoesNotDecodeIsReplaced() {
        assertThat(Answer.text(new byte[] {'a', (byte) 0xff, 0, 'b'}, "text/plain; charset=nonsense", false))
                .isEqualTo("a\ufffd\ufffdb");
    }
}
