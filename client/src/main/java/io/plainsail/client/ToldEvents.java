package io.plainsail.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Events of a stream, one after the other. For one thread.
 *
 * @param <E> what they are given out as
 */
abstract class ToldEvents<E extends JobEvent> implements Iterator<E>, AutoCloseable {
    final EventStream stream;

    private final ObjectMapper json;
    private String reached;
    private @Nullable E next;
    private boolean ended;

    /** @param reached where the stream begins; empty for its beginning */
    ToldEvents(EventStream stream, ObjectMapper json, String reached) {
        this.stream = stream;
        this.json = json;
        this.reached = reached;
    }

    /** The next event; null when there is none any more. */
    abstract @Nullable E await();

    /** The id of the event that was given out last, or where the stream began. */
    String reached() {
        return reached;
    }

    /** Whether there is another one; waits for it. */
    @Override
    public boolean hasNext() {
        if (next == null && !ended) {
            next = await();
            ended = next == null;
        }
        return next != null;
    }

    @Override
    public E next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException("the stream has ended, and all its events were given out");
        }
        E event = next;
        next = null;
        reached = event.id();
        return event;
    }

    JsonNode tree(ServerSentEvents.Event event) {
        try {
            return json.readTree(event.data());
        } catch (JsonProcessingException e) {
            close();
            throw Views.notUnderstood("an event is not JSON", e);
        }
    }

    /** Gives the connection up. There are no events any more. */
    @Override
    public void close() {
        ended = true;
        stream.close();
    }
}
