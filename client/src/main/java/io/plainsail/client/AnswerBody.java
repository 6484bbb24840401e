package io.plainsail.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer as it comes, with what Java's own stream lacks: a bound on how long nothing may come. At most two
 * portions are in memory. To be read by one thread; closing it before its end gives the connection up.
 */
final class AnswerBody extends InputStream {
    private static final Object END = new Object();

    private final Duration longestSilence;
    private final Receiver receiver = new Receiver();
    /** Buffers of the portion that is being read. */
    private final Queue<ByteBuffer> portion = new ArrayDeque<>();

    private boolean ended;
    /** As {@link System#nanoTime}; none if null. */
    private @Nullable Long readUntil;

    private AnswerBody(Duration longestSilence) {
        this.longestSilence = longestSilence;
    }

    static AnswerBody of(Flow.Publisher<List<ByteBuffer>> body, Duration longestSilence) {
        AnswerBody stream = new AnswerBody(longestSilence);
        body.subscribe(stream.receiver);
        return stream;
    }

    /** The reader's own time has passed. */
    static final class OutOfTimeException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** From then on reading fails with {@link OutOfTimeException}. */
    void readUntil(@Nullable Long nanoTime) {
        readUntil = nanoTime;
    }

    /** On the client's threads; hands portions over, one asked for at a time. */
    private static final class Receiver implements Flow.Subscriber<List<ByteBuffer>> {
        private final BlockingQueue<Object> arrived = new LinkedBlockingQueue<>();
        private volatile Flow.@Nullable Subscription subscription;

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(1);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            arrived.add(buffers);
        }

        @Override
        public void onError(Throwable failure) {
            arrived.add(failure);
        }

        @Override
        public void onComplete() {
            arrived.add(END);
        }

        private void askForMore() {
            Objects.requireNonNull(subscription).request(1);
        }

        private void cancel() {
            Flow.Subscription current = subscription;
            if (current != null) {
                current.cancel();
            }
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!ended) {
            ByteBuffer buffer = portion.peek();
            if (buffer == null) {
                takePortion();
            } else if (!buffer.hasRemaining()) {
                portion.remove();
                if (portion.isEmpty()) {
                    receiver.askForMore();
                }
            } else {
                int count = Math.min(length, buffer.remaining());
                buffer.get(into, from, count);
                return count;
            }
        }
        return -1;
    }

    private void takePortion() throws IOException {
        Object next = await();
        if (next == END) {
            ended = true;
        } else if (next instanceof List<?> buffers) {
            buffers.forEach(buffer -> portion.add((ByteBuffer) buffer));
            if (portion.isEmpty()) {
                receiver.askForMore();
            }
        } else {
            ended = true;
            Throwable failure = (Throwable) next;
            throw failure instanceof IOException e ? e : new IOException("the answer broke off: " + failure, failure);
        }
    }

    private Object await() throws IOException {
        long wait = longestSilence.toNanos();
        Long until = readUntil;
        if (until != null) {
            wait = Math.min(wait, until - System.nanoTime());
        }
        try {
            Object next = receiver.arrived.poll(wait, TimeUnit.NANOSECONDS);
            if (next != null) {
                return next;
            }
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while an answer came");
        }
        if (until != null && until - System.nanoTime() <= 0) {
            throw new OutOfTimeException();
        }
        close();
        throw new HttpTimeoutException("nothing came for " + longestSilence);
    }

    @Override
    public void close() {
        if (!ended) {
            ended = true;
            receiver.cancel();
        }
    }
}
