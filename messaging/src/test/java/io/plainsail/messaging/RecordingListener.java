package io.plainsail.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.contracts.wire.Message;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Keeps what it is given, and hands it to the test one by one. */
public final class RecordingListener implements DeliveryListener {
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    public final List<Delivery> all = new CopyOnWriteArrayList<>();
    private final LinkedBlockingQueue<Delivery> unread = new LinkedBlockingQueue<>();
    private final Consumer<Delivery> reaction;

    public RecordingListener() {
        this(delivery -> {});
    }

    /** Does something with each delivery, in the listener call, before {@link #next} gives it out. */
    public RecordingListener(Consumer<Delivery> reaction) {
        this.reaction = reaction;
    }

    public static RecordingListener acking() {
        return new RecordingListener(Delivery::ack);
    }

    @Override
    public void onDelivery(Delivery delivery) {
        all.add(delivery);
        reaction.accept(delivery);
        unread.add(delivery);
    }

    /** The next delivery; fails if none comes in time. */
    public Delivery next() {
        Delivery delivery = poll();
        assertThat(delivery).as("a delivery within %s", PATIENCE).isNotNull();
        return Objects.requireNonNull(delivery);
    }

    private @Nullable Delivery poll() {
        try {
            return unread.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    public List<String> texts() {
        return all.stream().map(RecordingListener::text).toList();
    }

    public static String text(Delivery delivery) {
        return new String(delivery.message().body(), StandardCharsets.UTF_8);
    }

    public static Message message(String text) {
        return new Message("text/plain", Map.of(), text.getBytes(StandardCharsets.UTF_8));
    }
}
