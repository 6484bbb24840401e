package io.plainsail.workers.webhook;

import static io.plainsail.workers.webhook.Deliveries.address;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.read.ListAppender;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** With every logger at its most talkative. */
@Timeout(60)
class SecrecyTest {
    @Test
    void secretShowsInNoLogMessageOutputOrName() throws Exception {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Level before = root.getLevel();
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        root.addAppender(logged);
        Appender<ILoggingEvent> console = root.getAppender("console");
        root.detachAppender(console);
        root.setLevel(Level.TRACE);
        List<String> said = new ArrayList<>();
        try (Receiver receiver = Receiver.answering(200);
                Receiver refusing = Receiver.answering(500);
                Deliveries deliveries = Deliveries.open();
                Deliveries forbidden = Deliveries.with(
                        WebhookConfig.withKeys(Deliveries.OPEN.signingKeys()), host -> List.of(address("10.0.0.1")))) {
            FakeJob job = FakeJob.of(receiver.url("/"), "{}");
            said.add(deliveries.deliver(job).toString());
            said.addAll(job.lines);
            said.add(FakeJob.failureText(deliveries.failureOf(FakeJob.of(refusing.url("/"), "{}"))));
            said.add(FakeJob.failureText(deliveries.failureOf(FakeJob.of("http://127.0.0.1:1/", "{}"))));
            said.add(FakeJob.failureText(forbidden.failureOf(FakeJob.of("https://example.com/", "{}"))));
            said.add(Deliveries.OPEN.toString());
        } finally {
            root.setLevel(before);
            root.detachAppender(logged);
            root.addAppender(console);
        }
        for (ILoggingEvent event : new ArrayList<>(logged.list)) {
            said.add(event.getFormattedMessage());
        }
        assertThat(said).as("the test sees the log").anySatisfy(line -> assertThat(line)
                .startsWith("Not dialling example.com"));
        assertThat(said).as("nobody logs the wire").noneSatisfy(line -> assertThat(line)
                .contains("webhook-signature"));
        assertThat(said).noneSatisfy(line -> assertThat(line).contains("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    }
}
