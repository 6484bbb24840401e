package io.plainsail.facade.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Writes Server-Sent Events, each at once. For one thread. */
final class EventWriter {
    static final String MEDIA_TYPE = "text/event-stream";

    private static final Duration KEEP_ALIVE = Duration.ofSeconds(10);
    /** A comment. Jersey keeps back what is flushed until the first 8 KiB of an answer are written. */
    private static final String PADDING = ":" + " ".repeat(8 * 1024);

    private final OutputStream out;
    private long lastWrite = System.nanoTime();

    EventWriter(OutputStream out) {
        this.out = out;
    }

    /** Jersey takes HEAD for GET: it would run a stream that nobody reads, and nobody would end it. */
    static Response answer(HttpServletRequest request, StreamingOutput stream) {
        return Response.ok(request.getMethod().equals("HEAD") ? null : stream)
                .type(MEDIA_TYPE)
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                // Proxies that keep answers back until they are whole would keep this one for ever.
                .header("X-Accel-Buffering", "no")
                .build();
    }

    /** Makes the answer's headers go out. */
    void begin() throws IOException {
        write("retry: 1000\n" + PADDING + "\n\n");
    }

    void send(Object id, String event, String data) throws IOException {
        StringBuilder text = new StringBuilder("id: ")
                .append(id)
                .append("\nevent: ")
                .append(event)
                .append('\n');
        // An output is as its worker wrote it, line breaks between its parts included.
        data.lines().forEach(line -> text.append("data: ").append(line).append('\n'));
        write(text.append('\n').toString());
    }

    /** Says how far the stream is, without an event: whoever comes again begins there. */
    void position(Object id) throws IOException {
        write("id: " + id + "\n\n");
    }

    boolean isQuiet() {
        return System.nanoTime() - lastWrite > KEEP_ALIVE.toNanos();
    }

    /** Finds out whether anybody still reads. */
    void keepAlive() throws IOException {
        write(":\n\n");
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
        lastWrite = System.nanoTime();
    }
}
