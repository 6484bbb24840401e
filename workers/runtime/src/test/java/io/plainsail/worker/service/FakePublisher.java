package io.plainsail.worker.service;

import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.EventBatchCodec;
import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes messages and answers when, and what, the test says. */
final class FakePublisher implements Publisher {
    private final List<Message> sent = new ArrayList<>();
    private final List<Consumer<PublishResult>> unanswered = new ArrayList<>();
    private @Nullable PublishResult atOnce;
    private @Nullable RuntimeException failure;

    /** Answers every message from now on at once. */
    void answerAtOnce(PublishResult result) {
        atOnce = result;
    }

    void failWith(@Nullable RuntimeException thrown) {
        failure = thrown;
    }

    @Override
    public void publish(Destination destination, Message message, Consumer<PublishResult> result) {
        if (!destination.equals(Destination.events())) {
            throw new AssertionError("published to " + destination);
        }
        if (failure != null) {
            throw failure;
        }
        sent.add(message);
        if (atOnce == null) {
            unanswered.add(result);
        } else {
            result.accept(atOnce);
        }
    }

    /** Answers what is unanswered. */
    void answer(PublishResult result) {
        List<Consumer<PublishResult>> due = List.copyOf(unanswered);
        unanswered.clear();
        due.forEach(one -> one.accept(result));
    }

    List<Message> sent() {
        return sent;
    }

    List<EventBatch> batches() {
        return sent.stream().map(EventBatchCodec::decode).toList();
    }

    @Override
    public boolean ready() {
        return true;
    }

    @Override
    public void close() {}
}
