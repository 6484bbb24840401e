package io.plainsail.workers.webhook;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.RequestNotExecutedException;
import org.apache.hc.core5.http.impl.BasicEntityDetails;
import org.apache.hc.core5.http.nio.AsyncClientExchangeHandler;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.apache.hc.core5.http.nio.RequestChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer, as far as it comes. The reactor's threads write it, without ever waiting; one thread waits
 * for it. An answer whose head arrived counts: what its body breaks off with does not undo it.
 */
final class Exchange implements AsyncClientExchangeHandler {
    private static final ContentType JSON = ContentType.create("application/json");

    /** Answers of status 1xx before the one that counts. */
    private static final int MAX_INFORMATION = 20;

    private final HttpRequest request;
    private final ByteBuffer requestBody;
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();

    // Only the reactor's threads, one after the other.
    private int information;

    // Guarded by this.
    private @Nullable HttpContext context;
    private @Nullable HttpResponse head;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private boolean sent;
    private boolean whole;

    Exchange(HttpRequest request, byte[] requestBody) {
        this.request = request;
        this.requestBody = ByteBuffer.wrap(requestBody);
    }

    /**
     * Waits for the answer.
     *
     * @throws TimeoutException if it is not there in time; see {@link #begun}
     * @throws IOException if none will come
     */
    Answer await(long nanos) throws IOException, InterruptedException, TimeoutException {
        try {
            return answer.get(nanos, TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IOException("no HTTP answer", e.getCause());
        }
    }

    /** The answer as far as it came; null if its head did not. */
    synchronized @Nullable Answer begun() {
        return head == null ? null : answer(head, true);
    }

    /** Whether a connection has taken it up. */
    synchronized boolean isStarted() {
        return context != null;
    }

    /** Whether it was sent over HTTP/2. */
    synchronized boolean isHttp2() {
        return context != null && HttpVersion.HTTP_2.equals(context.getProtocolVersion());
    }

    /** Whether request and answer went through to their ends, so that the connection is fit for the next one. */
    synchronized boolean isWhole() {
        return sent && whole;
    }

    @Override
    public void produceRequest(RequestChannel channel, HttpContext context) throws HttpException, IOException {
        synchronized (this) {
            this.context = context;
        }
        channel.sendRequest(request, new BasicEntityDetails(requestBody.remaining(), JSON), context);
    }

    @Override
    public int available() {
        return requestBody.remaining();
    }

    @Override
    public void produce(DataStreamChannel channel) throws IOException {
        if (requestBody.hasRemaining()) {
            channel.write(requestBody);
        }
        if (!requestBody.hasRemaining()) {
            synchronized (this) {
                sent = true;
            }
            channel.endStream();
        }
    }

    @Override
    public void consumeInformation(HttpResponse response, HttpContext context) throws HttpException {
        information++;
        if (response.getCode() == 101 || information > MAX_INFORMATION) {
            throw new ProtocolException("status " + response.getCode() + ", which was not asked for");
        }
    }

    @Override
    public void consumeResponse(HttpResponse response, @Nullable EntityDetails entity, HttpContext context) {
        synchronized (this) {
            head = response;
        }
        if (entity == null) {
            end(true);
        }
    }

    @Override
    public void updateCapacity(CapacityChannel channel) throws IOException {
        channel.update(Answer.MAX_BODY_BYTES);
    }

    @Override
    public void consume(ByteBuffer data) {
        boolean more;
        synchronized (this) {
            byte[] part = new byte[Math.min(data.remaining(), Answer.MAX_BODY_BYTES - body.size())];
            data.get(part);
            body.writeBytes(part);
            more = data.hasRemaining();
        }
        data.position(data.limit());
        if (more) {
            end(false);
        }
    }

    @Override
    public void streamEnd(@Nullable List<? extends Header> trailers) {
        end(true);
    }

    @Override
    public void failed(Exception cause) {
        if (begun() != null) {
            end(false);
        } else if (cause instanceof FrameBound.RefusedException) {
            answer.completeExceptionally(new RequestNotExecutedException(cause.getMessage()));
        } else {
            answer.completeExceptionally(cause);
        }
    }

    @Override
    public void cancel() {
        failed(new RequestNotExecutedException());
    }

    /** Comes last, whatever happened before. */
    @Override
    public void releaseResources() {
        if (!answer.isDone()) {
            failed(new ConnectionClosedException());
        }
    }

    private void end(boolean complete) {
        Answer ended;
        synchronized (this) {
            if (head == null || answer.isDone()) {
                return;
            }
            whole = complete;
            ended = answer(head, !complete);
        }
        answer.complete(ended);
    }

    private synchronized Answer answer(HttpResponse response, boolean truncated) {
        return new Answer(
                response.getCode(),
                value(response, "Retry-After"),
                Answer.text(body.toByteArray(), value(response, "Content-Type"), truncated),
                truncated);
    }

    private static @Nullable String value(HttpResponse response, String name) {
        Header header = response.getFirstHeader(name);
        return header == null ? null : header.getValue();
    }
}
