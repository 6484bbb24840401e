package io.plainsail.messaging;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * For adapters: a listener that never throws. What the listener throws is logged, at most once per {@link
 * DeliveryListener#RETRY_DELAY}, and the delivery goes back to its queue after that delay. Thread-safe if the listener
 * is.
 */
public final class GuardedListener implements DeliveryListener {
    private static final Logger log = LoggerFactory.getLogger(GuardedListener.class);

    private final String subscription;
    private final DeliveryListener listener;
    private final ScheduledExecutorService timer;

    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong lastLogged = new AtomicLong(System.nanoTime() - RETRY_DELAY.toNanos());

    /**
     * @param subscription name of the subscription, for the log
     * @param timer hands deliveries back; must drop late tasks instead of throwing when it is shut down
     */
    public GuardedListener(String subscription, DeliveryListener listener, ScheduledExecutorService timer) {
        this.subscription = subscription;
        this.listener = listener;
        this.timer = timer;
    }

    @Override
    public void onDelivery(Delivery delivery) {
        try {
            listener.onDelivery(delivery);
        } catch (Throwable thrown) { // an error too must not take the carrier's thread with it
            failures.incrementAndGet();
            report(thrown);
            timer.schedule(delivery::requeue, RETRY_DELAY.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void report(Throwable thrown) {
        long now = System.nanoTime();
        long last = lastLogged.get();
        if (now - last >= RETRY_DELAY.toNanos() && lastLogged.compareAndSet(last, now)) {
            log.warn(
                    "subscription {}: the listener threw ({} times since the last such line); its delivery goes back to"
                            + " the queue in {} ms",
                    subscription,
                    failures.getAndSet(0),
                    RETRY_DELAY.toMillis(),
                    thrown);
        }
    }
}
