package io.plainsail.chaos.check;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.chaos.fault.Injection;
import io.plainsail.chaos.fault.Injector.Death;
import io.plainsail.chaos.load.Leftovers.Leftover;
import io.plainsail.chaos.load.Request;
import io.plainsail.chaos.load.Watch.Seen;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All that was seen of a run. Times are milliseconds of this machine's clock.
 *
 * @param jobs every job at the end, by id
 * @param ended when each was first seen to have ended, and how
 * @param changed jobs whose outcome was seen to be another later on
 * @param injections those that happened, at the times at which they did
 * @param deaths of workers' processes, and where they stood still
 * @param leftovers processes of jobs that had ended, whenever they were seen
 * @param processMillis so long a process may outlive its job when nothing is wrong
 * @param begunAt when the load began: the injections' times count from then
 * @param healedAt when the last fault had ended
 * @param drainSeconds from healing until all jobs had ended and nothing was on its way any more; -1 if that did not come
 * @param leftInBroker messages in the broker's queues at the end
 * @param leftInOutbox rows in the outbox at the end
 */
public record Evidence(
        List<Request> requests,
        List<Run> runs,
        Map<String, JsonNode> jobs,
        Map<String, Seen> ended,
        Set<String> changed,
        List<Injection> injections,
        List<Death> deaths,
        List<Leftover> leftovers,
        long processMillis,
        long begunAt,
        long healedAt,
        int drainSeconds,
        int leftInBroker,
        int leftInOutbox) {}
