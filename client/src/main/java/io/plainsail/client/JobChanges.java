package io.plainsail.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The changes of all jobs that meet a filter, as they come: each job as the list shows it, whenever it came or changed. One
 * that changes again before it could be told is told once, as it is then.
 *
 * <ol>
 *   <li>It is connected when it is given out: what changes from then on is told.
 *   <li>A connection that is lost is made again from the position that was reached, at whichever facade answers: no change is
 *       missed, and none comes twice.
 *   <li>It gives up when as many connections as the retry policy has attempts bring nothing one after the other.
 *   <li>It has no end of its own.
 * </ol>
 *
 * <p>For one thread. {@link #next} waits; to be closed.
 */
public final class JobChanges implements Iterator<JobEvent.Changed>, AutoCloseable {
    private final EventStream stream;
    private final ObjectMapper json;

    private String position;
    private JobEvent.@Nullable Changed next;
    private boolean ended;

    JobChanges(EventStream stream, ObjectMapper json) {
        this.stream = stream;
        this.json = json;
        stream.begin();
        position = stream.position();
    }

    /**
     * Sets how long, from now on, changes are waited for in all: after that {@link #next} fails with {@code TIMED_OUT}, and
     * may be called again with more time.
     */
    public JobChanges within(Duration time) {
        stream.within(time);
        return this;
    }

    /**
     * Where this has come to with the change that was given out last: {@link Plainsail#changes(JobFilter, String)} goes on
     * after it, in this process or another.
     */
    public String position() {
        return position;
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
    public JobEvent.Changed next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException("the stream is closed");
        }
        JobEvent.Changed event = next;
        next = null;
        position = event.id();
        return event;
    }

    private JobEvent.@Nullable Changed await() {
        ServerSentEvents.Event event;
        while ((event = stream.next()) != null) {
            if (event.name().equals("job")) { // Else a kind of another time.
                try {
                    return new JobEvent.Changed(event.id(), Views.job(json.readTree(event.data())));
                } catch (JsonProcessingException e) {
                    close();
                    throw Views.notUnderstood("an event is not JSON", e);
                }
            }
        }
        return null;
    }

    /** Gives the connection up. There are no changes any more. */
    @Override
    public void close() {
        ended = true;
        stream.close();
    }
}
