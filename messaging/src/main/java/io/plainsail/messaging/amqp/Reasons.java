package io.plainsail.messaging.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.ChannelContinuationTimeoutException;
import com.rabbitmq.client.Method;
import com.rabbitmq.client.ShutdownSignalException;
import java.util.concurrent.TimeoutException;

/** What stands in the way, in words: the broker's own if it gave any. */
final class Reasons {
    private Reasons() {}

    static String of(Throwable thrown) {
        if (isTimeout(thrown)) {
            return "the broker does not answer";
        }
        Throwable root = thrown;
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof ShutdownSignalException signal && signal.getReason() != null) {
                return replyText(signal.getReason());
            }
            root = cause;
        }
        String message = root.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }

    /** Whether it is the client that gave up waiting. */
    static boolean isTimeout(Throwable thrown) {
        return thrown instanceof TimeoutException || thrown instanceof ChannelContinuationTimeoutException;
    }

    private static String replyText(Method reason) {
        if (reason instanceof AMQP.Channel.Close close) {
            return close.getReplyText();
        }
        return reason instanceof AMQP.Connection.Close close ? close.getReplyText() : reason.protocolMethodName();
    }
}
