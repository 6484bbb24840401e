package io.plainsail.client;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Server-Sent Events of a facade, over as many connections as it takes.
 *
 * <ol>
 *   <li>It connects when it is first asked.
 *   <li>A connection that is lost, cut off in the middle of an event, or silent for longer than the facade ever is, is made
 *       again from the position that was reached: the id of the last event that was given out, or one that the facade told
 *       after it without an event.
 *   <li>It gives up when as many connections as the retry policy has attempts bring nothing one after the other.
 * </ol>
 *
 * <p>For one thread.
 */
final class EventStream implements AutoCloseable {
    private static final int NO_CONTENT = 204;

    private final FacadeHttp http;
    private final String path;
    private final String what;
    private final int maxEventBytes;

    private String position;
    private @Nullable Connection connection;
    /** Connections since the last event or position. */
    private int barren;

    private @Nullable Long readUntil;

    /** A stream that is open. */
    private record Connection(AnswerBody body, ServerSentEvents events) {}

    /**
     * @param what it is, for people
     * @param position to begin after; empty for the beginning, or for now
     */
    EventStream(FacadeHttp http, String path, String what, String position, int maxEventBytes) {
        this.http = http;
        this.path = path;
        this.what = what;
        this.position = position;
        this.maxEventBytes = maxEventBytes;
    }

    void within(Duration time) {
        readUntil = System.nanoTime() + time.toNanos();
    }

    /** Where a stream that takes this one's place is to begin; empty if nothing was reached yet. */
    String position() {
        return position;
    }

    /** Connects, and waits until the facade has said where the stream begins. */
    void begin() {
        while (position.isEmpty()) {
            Connection open = open();
            if (open == null) {
                return;
            }
            step(open, open.events()::reachPosition);
        }
        open();
    }

    /** The next event; null when the facade has no more to tell. */
    ServerSentEvents.@Nullable Event next() {
        while (true) {
            Connection open = open();
            if (open == null) {
                return null;
            }
            List<ServerSentEvents.Event> read = new ArrayList<>(1);
            step(open, () -> {
                ServerSentEvents.Event event = open.events().next();
                return event != null && read.add(event);
            });
            if (!read.isEmpty()) {
                return read.get(0);
            }
        }
    }

    private interface Step {
        /** False at the end of the connection. */
        boolean read() throws IOException;
    }

    private void step(Connection open, Step step) {
        open.body().readUntil(readUntil);
        IOException broken = null;
        try {
            if (step.read()) {
                reached(open);
                return;
            }
        } catch (AnswerBody.OutOfTimeException e) {
            // What was read of an event that is not whole yet is read again on the next connection.
            reached(open);
            disconnect();
            throw outOfTime(e);
        } catch (InterruptedIOException e) {
            disconnect();
            throw FacadeHttp.interrupted(e);
        } catch (IOException e) {
            broken = e;
        }
        reached(open);
        lost(open, broken);
    }

    private void reached(Connection open) {
        String told = open.events().position();
        if (!told.isEmpty()) {
            position = told;
            barren = 0;
        }
    }

    private static PlainsailException outOfTime(@Nullable Exception cause) {
        return new PlainsailException(PlainsailException.Kind.TIMED_OUT, "the time to wait has passed", cause);
    }

    /** Null if there is nothing more to come. */
    private @Nullable Connection open() {
        if (connection == null) {
            connection = connect().orElse(null);
        }
        return connection;
    }

    private Optional<Connection> connect() {
        FacadeHttp.Call call = FacadeHttp.Call.get(path).with("Accept", "text/event-stream");
        if (readUntil != null) {
            long left = readUntil - System.nanoTime();
            if (left <= 0) {
                throw outOfTime(null);
            }
            Duration within = http.retry().within();
            call = call.within(left < within.toNanos() ? Duration.ofNanos(left) : within);
        }
        if (!position.isEmpty()) {
            call = call.with("Last-Event-ID", position);
        }
        return http.send(call, (status, headers, body) -> {
            if (status == NO_CONTENT) {
                body.close();
                return Optional.empty();
            }
            return Optional.of(new Connection(body, new ServerSentEvents(body, maxEventBytes)));
        });
    }

    private void lost(Connection open, @Nullable IOException reason) {
        disconnect();
        barren++;
        if (barren >= http.retry().attempts()) {
            throw new PlainsailException(
                    PlainsailException.Kind.UNREACHABLE, what + " broke off " + barren + " times without one", reason);
        }
        Duration own = http.retry().restAfter(barren, http.pace().random());
        Duration told = open.events()
                .retry()
                .filter(time -> time.compareTo(http.retry().longestRest()) <= 0)
                .orElse(Duration.ZERO);
        try {
            http.pace().rest(told.compareTo(own) > 0 ? told : own);
        } catch (InterruptedException e) {
            throw FacadeHttp.interrupted(e);
        }
    }

    private void disconnect() {
        if (connection != null) {
            connection.body().close();
            connection = null;
        }
    }

    @Override
    public void close() {
        disconnect();
    }
}
