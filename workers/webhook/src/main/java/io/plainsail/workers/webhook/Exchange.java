package io.plainsail.workers.webhook;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Callable;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpResponse;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer. {@link #call} runs on one thread; another may look at what has come so far by {@link
 * #begun} and end it by cancelling the request.
 */
final class Exchange implements Callable<Answer> {
    private final CloseableHttpClient http;
    private final HttpHost host;
    private final HttpPost request;

    /** Guarded by this: head and body so far. */
    private @Nullable HttpResponse head;

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    Exchange(CloseableHttpClient http, HttpHost host, HttpPost request) {
        this.http = http;
        this.host = host;
        this.request = request;
    }

    @Override
    public Answer call() throws IOException {
        HttpClientContext context = HttpClientContext.create();
        CancellableConnectionOperator.bind(context, request);
        ClassicHttpResponse response = http.executeOpen(host, request, context);
        synchronized (this) {
            head = response;
        }
        boolean whole = false;
        try {
            HttpEntity entity = response.getEntity();
            whole = entity == null || readWhole(entity);
        } catch (IOException e) {
            // The receiver has answered: a body that breaks off does not undo that.
        }
        if (!whole) {
            // Closing alone would read the rest first, to save the connection: there may be no end of it.
            request.cancel();
        }
        try {
            response.close();
        } catch (IOException e) {
            // The answer is known; its connection is gone either way.
        }
        return answer(response, !whole);
    }

    /** The answer as far as it came; null if its head did not. */
    @Nullable
    Answer begun() {
        HttpResponse begun;
        synchronized (this) {
            begun = head;
        }
        return begun == null ? null : answer(begun, true);
    }

    private boolean readWhole(HttpEntity entity) throws IOException {
        InputStream in = entity.getContent();
        byte[] buffer = new byte[Answer.MAX_BODY_BYTES];
        for (int left = Answer.MAX_BODY_BYTES; left > 0; ) {
            int read = in.read(buffer, 0, left);
            if (read < 0) {
                return true;
            }
            synchronized (this) {
                body.write(buffer, 0, read);
            }
            left -= read;
        }
        return in.read() < 0;
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
