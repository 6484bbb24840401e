package io.plainsail.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.client.ServerSentEvents.Event;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** As WHATWG HTML 9.2.6 has it. */
class ServerSentEventsTest {

    private static ServerSentEvents of(String text) {
        return new ServerSentEvents(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), 1_000);
    }

    private static List<Event> all(String text) throws IOException {
        ServerSentEvents events = of(text);
        List<Event> all = new ArrayList<>();
        for (Event event = events.next(); event != null; event = events.next()) {
            all.add(event);
        }
        return all;
    }

    @Test
    void linesMayEndInThreeWays() throws IOException {
        List<Event> expected = List.of(new Event("1", "log", "a\nb"), new Event("1", "message", "ü"));
        for (String end : List.of("\n", "\r\n", "\r")) {
            assertThat(all("id: 1\nevent: log\ndata: a\ndata:b\n\ndata: ü\n\n".replace("\n", end)))
                    .isEqualTo(expected);
        }
    }

    @Test
    void whatIsNotWholeIsNoEvent() throws IOException {
        assertThat(all("data: a\n\nid: 2\ndata: b\n")).containsExactly(new Event("", "message", "a"));
        assertThat(all("data: a\n\ndata: b")).hasSize(1);
    }

    @Test
    void commentsStrangeFieldsAndEmptyEventsArePassedOver() throws IOException {
        assertThat(all(": hello\n\n\nevent: nothing\n\ncolour: red\ndata\n\n"))
                .containsExactly(new Event("", "message", ""));
    }

    @Test
    void theRestBeforeTheNextConnectionIsRead() throws IOException {
        ServerSentEvents events = of("retry: 1500\nretry: soon\nretry: 99999999999999\ndata: a\n\n");
        events.next();
        assertThat(events.retry()).contains(Duration.ofMillis(1500));
    }

    @Test
    void anEventHasABound() {
        assertThatThrownBy(() -> of("data: " + "x".repeat(2_000) + "\n\n").next())
                .isInstanceOf(PlainsailException.class)
                .hasMessageContaining("longer than 1000 bytes");
        assertThatThrownBy(() -> of("data: xxxxxxxxx\n".repeat(200) + "\n").next())
                .isInstanceOf(PlainsailException.class);
    }
}
