package io.plainsail.client;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
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
public final class JobEvents extends ToldEvents<JobEvent> {

    JobEvents(FacadeHttp http, ObjectMapper json, UUID job, String lastEventId, int maxEventBytes) {
        super(
                new EventStream(
                        http, "/v1/jobs/" + job + "/events", "the events of job " + job, lastEventId, maxEventBytes),
                json,
                lastEventId);
    }

    /**
     * Sets how long, from now on, events are waited for in all: after that {@link #next} fails with {@code TIMED_OUT},
     * and may be called again with more time.
     */
    public JobEvents within(Duration time) {
        stream.within(time);
        return this;
    }

    /** The id of the last event that was given out; empty before the first. */
    public String lastEventId() {
        return reached();
    }

    @Override
    @Nullable
    JobEvent await() {
        ServerSentEvents.Event event;
        while ((event = stream.next()) != null) {
            switch (event.name()) {
                case "job":
                    return new JobEvent.Changed(event.id(), Views.job(tree(event)));
                case "log":
                    return new JobEvent.Logged(event.id(), Views.logLine(tree(event)));
                case "end":
                    close();
                    return null;
                default: // A kind of another time.
            }
        }
        return null;
    }
}
