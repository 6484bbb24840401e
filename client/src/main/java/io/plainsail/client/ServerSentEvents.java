package io.plainsail.client;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream of Server-Sent Events (WHATWG HTML, 9.2.6). An event counts when the empty line after it has come: one
 * that the stream breaks off in never was.
 */
final class ServerSentEvents {
    private static final int MAX_RETRY_DIGITS = 9;

    private final InputStream in;
    private final int maxBytes;
    /** The carriage return that a line ended with may be followed by a line feed, which is no line of its own. */
    private boolean passOverLineFeed;

    /** As the lines say; it counts with the empty line. */
    private String id = "";

    private String position = "";
    private @Nullable Event held;
    private @Nullable Duration retry;

    ServerSentEvents(InputStream in, int maxBytes) {
        this.in = new BufferedInputStream(in);
        this.maxBytes = maxBytes;
    }

    /** @param id of this event, or the last one before it that had one */
    record Event(String id, String name, String data) {}

    /** How long to rest before connecting again, if the stream said so. */
    Optional<Duration> retry() {
        return Optional.ofNullable(retry);
    }

    /** The id of the last block that has come whole, with an event or without one; empty before the first that has an id. */
    String position() {
        return position;
    }

    /** Reads until there is a position; false at the end of the stream. What comes with it is the next event. */
    boolean reachPosition() throws IOException {
        while (position.isEmpty() && held == null) {
            Block block = block();
            if (block == null) {
                return false;
            }
            held = block.event();
        }
        return true;
    }

    /** The next event; null at the end of the stream. */
    @Nullable
    Event next() throws IOException {
        Event event = held;
        held = null;
        while (event == null) {
            Block block = block();
            if (block == null) {
                return null;
            }
            event = block.event();
        }
        return event;
    }

    /** What ends with an empty line. */
    private record Block(@Nullable Event event) {}

    private @Nullable Block block() throws IOException {
        String name = "";
        StringBuilder data = new StringBuilder();
        boolean any = false;
        for (String line = line(); line != null; line = line()) {
            if (line.isEmpty()) {
                position = id;
                return new Block(
                        any
                                ? new Event(id, name.isEmpty() ? "message" : name, data.substring(0, data.length() - 1))
                                : null);
            }
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1);
            value = value.startsWith(" ") ? value.substring(1) : value;
            switch (field) {
                case "event" -> name = value;
                case "data" -> {
                    any = true;
                    data.append(value).append('\n');
                    if (data.length() > maxBytes) {
                        throw tooLong();
                    }
                }
                case "id" -> id = value.indexOf('\0') < 0 ? value : id;
                case "retry" -> retry = milliseconds(value).or(this::retry).orElse(null);
                default -> {} // A comment, or a field of another time.
            }
        }
        return null;
    }

    private static Optional<Duration> milliseconds(String value) {
        return value.matches("[0-9]{1," + MAX_RETRY_DIGITS + "}")
                ? Optional.of(Duration.ofMillis(Long.parseLong(value)))
                : Optional.empty();
    }

    /** A whole line without its end; null if the stream ends before. */
    private @Nullable String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0; next = in.read()) {
            boolean passed = passOverLineFeed && next == '\n';
            passOverLineFeed = next == '\r';
            if (passed) {
                continue;
            }
            if (next == '\n' || next == '\r') {
                return line.toString(StandardCharsets.UTF_8);
            }
            line.write(next);
            if (line.size() > maxBytes) {
                throw tooLong();
            }
        }
        return null;
    }

    private PlainsailException tooLong() {
        return Views.notUnderstood("an event is longer than " + maxBytes + " bytes", null);
    }
}
