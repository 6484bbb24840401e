package io.plainsail.facade;

import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A publisher whose answers come when the test gives them. */
public class HandPublisher implements Publisher {
    private final List<JobMessage> published = new ArrayList<>();
    private final List<Consumer<PublishResult>> unanswered = new ArrayList<>();
    private boolean ready = true;

    @Override
    public void publish(Destination destination, Message message, Consumer<PublishResult> result) {
        published.add(JobMessageCodec.decode(message));
        unanswered.add(result);
    }

    public void answerAll(PublishResult result) {
        List<Consumer<PublishResult>> answered = List.copyOf(unanswered);
        unanswered.clear();
        answered.forEach(consumer -> consumer.accept(result));
    }

    public List<JobMessage> published() {
        return published;
    }

    public void ready(boolean now) {
        ready = now;
    }

    @Override
    public boolean ready() {
        return ready;
    }

    @Override
    public void close() {}
}
