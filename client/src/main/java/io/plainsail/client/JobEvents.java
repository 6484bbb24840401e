package io.plainsail.client;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job's events as they come, until it has ended.
 *
 * <ol>
 *   <li>It connects when the first event is asked for.
 *   <li>A connection that is lost, cut off in the middle of an event, or silent for longer than the facade ever is, is
 *       made again with the id of the last whole event: no event is missed, and none comes twice.
 *   <li>It gives up when as many connections as the retry policy has attempts bring nothing one after the other.
 *   <li>When the job has ended and everything was told, there is no next event.
 * </ol>
 *
 * <p>For one thread. {@link #next} waits; to be closed if it is not read to its end.
 */
public final class JobEvents implements Iterator<JobEvent>, AutoCloseable {
    private static final int NO_CONTENT = 204;

    private final FacadeHttp http;
    private final ObjectMapper json;
    private final UUID job;
    private final int maxEventBytes;

    private String lastEventId;
    private @Nullable JobEvent next;
    private boolean ended;
    private @Nullable Connection connection;
    /** Connections since the last event. */
    private int barren;

    private @Nullable Long readUntil;

    /** A stream that is open. */
    private record Connection(AnswerBody body, ServerSentEvents events) {}

    JobEvents(FacadeHttp http, ObjectMapper json, UUID job, String lastEventId, int maxEventBytes) {
        this.http = http;
        this.json = json;
        this.job = job;
        this.lastEventId = lastEventId;
        this.maxEventBytes = maxEventBytes;
    }

    /**
     * Sets how long, from now on, events are waited for in all: after that {@link #next} fails with {@code TIMED_OUT},
     * and may be called again with more time.
     */
    public JobEvents within(Duration time) {
        readUntil = System.nanoTime() + time.toNanos();
        return this;
    }

    /** The id of the last event that was given out; empty before the first. */
    public String lastEventId() {
        return lastEventId;
    }

    @Override
    public boolean hasNext() {
        if (next == null && !ended) {
            next = await();
            ended = next == null;
        }
        return next != null;
    }

    @Override
    public JobEvent next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException("the job has ended, and all its events were given out");
        }
        JobEvent event = next;
        next = null;
        lastEventId = event.id();
        return event;
    }

    /** The next event; null when there is none any more. */
    private @Nullable JobEvent await() {
        while (true) {
            Connection open = connection == null ? connect().orElse(null) : connection;
            if (open == null) {
                return null;
            }
            connection = open;
            open.body().readUntil(readUntil);
            try {
                ServerSentEvents.Event event = open.events().next();
                if (event != null) {
                    barren = 0;
                    switch (event.name()) {
                        case "job":
                            return new JobEvent.Changed(event.id(), Views.job(json.readTree(event.data())));
                        case "log":
                            return new JobEvent.Logged(event.id(), Views.logLine(json.readTree(event.data())));
                        case "end":
                            close();
                            return null;
                        default:
                            continue; // A kind of another time.
                    }
                }
                lost(open, null);
            } catch (AnswerBody.OutOfTimeException e) {
                // What was read of an event that is not whole yet is read again on the next connection.
                disconnect();
                throw new PlainsailException(PlainsailException.Kind.TIMED_OUT, "the time to wait has passed", e);
            } catch (com.fasterxml.jackson.core.JacksonException e) {
                close();
                throw Views.notUnderstood("an event is not JSON", e);
            } catch (InterruptedIOException e) {
                disconnect();
                throw FacadeHttp.interrupted(e);
            } catch (IOException e) {
                lost(open, e);
            }
        }
    }

    /** Empty if there is nothing more to come. */
    private Optional<Connection> connect() {
        FacadeHttp.Call call =
                FacadeHttp.Call.get("/v1/jobs/" + job + "/events").with("Accept", "text/event-stream");
        if (readUntil != null) {
            long left = readUntil - System.nanoTime();
            if (left <= 0) {
                throw new PlainsailException(PlainsailException.Kind.TIMED_OUT, "the time to wait has passed", null);
            }
            Duration within = http.retry().within();
            call = call.within(left < within.toNanos() ? Duration.ofNanos(left) : within);
        }
        if (!lastEventId.isEmpty()) {
            call = call.with("Last-Event-ID", lastEventId);
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
                    PlainsailException.Kind.UNREACHABLE,
                    "the events of job " + job + " broke off " + barren + " times without one",
                    reason);
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

    /** Gives the connection up. There are no events any more. */
    @Override
    public void close() {
        ended = true;
        disconnect();
    }
}
