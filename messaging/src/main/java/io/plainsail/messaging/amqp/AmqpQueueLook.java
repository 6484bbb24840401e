package io.plainsail.messaging.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ShutdownSignalException;
import io.plainsail.contracts.JobType;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.amqp.AmqpConnector.Wire;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the broker what waits in queues. On a connection of its own: a queue that has no leader may not answer, and must
 * not cost the publishers theirs. Thread-safe; one call at a time.
 */
final class AmqpQueueLook {
    private static final Logger log = LoggerFactory.getLogger(AmqpQueueLook.class);
    private static final int CLOSE_MILLIS = 1_000;

    /** Each costs a whole connect timeout. */
    private static final int MAX_SILENT = 2;

    private final AmqpConnector connector;

    AmqpQueueLook(AmqpConfig config, AmqpThreads threads) {
        this.connector = new AmqpConnector(config, threads);
    }

    synchronized Set<JobType> withNothingWaiting(Collection<JobType> types) {
        Set<JobType> found = new HashSet<>();
        Wire wire;
        try {
            wire = connector.connect("look", () -> {});
        } catch (IOException | TimeoutException | RuntimeException e) {
            log.warn("The queues cannot be looked at: {}", Reasons.of(e));
            return found;
        }
        try {
            // In another order each time: one that does not answer must not hide the same others for ever.
            List<JobType> shuffled = new ArrayList<>(types);
            Collections.shuffle(shuffled);
            lookAt(wire, shuffled, found);
        } catch (IOException | RuntimeException e) {
            log.warn("Not all queues can be looked at: {}", Reasons.of(e));
        } finally {
            wire.connection().abort(CLOSE_MILLIS);
            wire.socket().abort();
        }
        return found;
    }

    private static void lookAt(Wire wire, List<JobType> types, Set<JobType> found) throws IOException {
        int silent = 0;
        Channel channel = null;
        for (JobType type : types) {
            if (channel == null) {
                channel = Objects.requireNonNull(wire.connection().createChannel(), "no channel is free");
            }
            try {
                if (hasNothingToGive(channel, type)) {
                    found.add(type);
                }
            } catch (IOException e) {
                channel = null; // closed by the broker, or of no use: an answer may still come
                if (isNotFound(e)) {
                    found.add(type);
                } else if (!Reasons.isTimeout(e) || ++silent > MAX_SILENT) {
                    throw e;
                }
            }
        }
    }

    private static boolean hasNothingToGive(Channel channel, JobType type) throws IOException {
        AMQP.Queue.DeclareOk queue = channel.queueDeclarePassive(AmqpTopology.queue(Destination.jobs(type)));
        // RabbitMQ says 0 and 0 as well of a quorum queue whose leader it cannot ask.
        return queue.getMessageCount() == 0 && queue.getConsumerCount() > 0;
    }

    private static boolean isNotFound(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof ShutdownSignalException signal
                    && signal.getReason() instanceof AMQP.Channel.Close close) {
                return close.getReplyCode() == AMQP.NOT_FOUND;
            }
        }
        return false;
    }
}
