package io.plainsail.facade.http;

import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers that are given before the request's body is there, as to a wrong key, say that they end the connection. Jetty
 * ends it without a word, and a client that keeps connections loses its next request.
 *
 * <p>After such an answer the rest of the body is read and thrown away, up to {@value #MOST_BYTES} bytes and
 * {@value #MOST_SECONDS} seconds: many clients look for the answer when they have sent everything, and would meet a
 * broken connection in its place. No thread waits for it. What has come of the body when the answer begins is thrown
 * away, too: whoever needs it reads it before.
 */
public final class UnreadBodies extends Handler.Wrapper {
    static final int MOST_BYTES = 16 << 20;
    static final int MOST_SECONDS = 10;
    private static final int MOST_READS = 16;

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        request.addHttpStreamWrapper(Stream::new);
        // Who expects to be asked for the body sends none after a refusal, and reading would ask for it.
        Callback end = request.getHeaders().contains(HttpHeader.EXPECT)
                ? callback
                : Callback.from(new Rest(request, callback), callback::failed);
        return super.handle(request, response, end);
    }

    private static final class Stream extends HttpStream.Wrapper {
        Stream(HttpStream wrapped) {
            super(wrapped);
        }

        @Override
        public void prepareResponse(HttpFields.Mutable headers) {
            super.prepareResponse(headers);
            if (!isThere()) {
                headers.put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
            }
        }

        /** Not by {@link #consumeAvailable}: nothing can be read after it has met a body that is not there. */
        private boolean isThere() {
            for (int i = 0; i < MOST_READS; i++) {
                Content.Chunk chunk = read();
                if (chunk == null) {
                    return false;
                }
                chunk.release();
                if (chunk.isLast()) {
                    return !Content.Chunk.isFailure(chunk);
                }
            }
            return false;
        }
    }

    /** What comes of a body after the answer. */
    private static final class Rest implements Runnable {
        private final Request request;
        private final Callback end;
        private long bytes;
        private long started;

        Rest(Request request, Callback end) {
            this.request = request;
            this.end = end;
        }

        @Override
        public void run() {
            started = started == 0 ? System.nanoTime() : started;
            while (bytes <= MOST_BYTES && System.nanoTime() - started < TimeUnit.SECONDS.toNanos(MOST_SECONDS)) {
                Content.Chunk chunk = request.read();
                if (chunk == null) {
                    request.demand(this);
                    return;
                }
                bytes += chunk.remaining();
                chunk.release();
                if (chunk.isLast() || Content.Chunk.isFailure(chunk)) {
                    break;
                }
            }
            end.succeeded();
        }
    }
}
