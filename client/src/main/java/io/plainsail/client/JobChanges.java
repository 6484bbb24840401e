package io.plainsail.client;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
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
public final class JobChanges extends ToldEvents<JobEvent.Changed> {

    private JobChanges(EventStream stream, ObjectMapper json, String position) {
        super(stream, json, position);
    }

    /** Connects. */
    static JobChanges of(EventStream stream, ObjectMapper json) {
        stream.begin();
        return new JobChanges(stream, json, stream.position());
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
        return reached();
    }

    @Override
    JobEvent.@Nullable Changed await() {
        ServerSentEvents.Event event;
        while ((event = stream.next()) != null) {
            if (event.name().equals("job")) { // Else a kind of another time.
                return new JobEvent.Changed(event.id(), Views.job(tree(event)));
            }
        }
        return null;
    }
}
