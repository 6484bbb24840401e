package io.plainsail.bench.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.plainsail.bench.measure.Sample;
import java.io.File;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The load generator: {@code LoadMain PLAN.json}.
 *
 * <ol>
 *   <li>Load, not measured, until everything is warm.
 *   <li>A sample; load that is measured; another sample.
 *   <li>The load ends, what is under way is awaited, and the result is written to the file that the plan names.
 * </ol>
 */
public final class LoadMain {
    /** The name of the load generator's own process in samples. */
    public static final String SELF = "load";

    /** Reads plans, writes results. */
    public static final ObjectMapper MAPPER = new ObjectMapper();

    private LoadMain() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        LoadPlan plan = MAPPER.readValue(new File(args[0]), LoadPlan.class);
        MAPPER.writeValue(plan.result().toFile(), run(plan));
    }

    private static LoadResult run(LoadPlan plan) throws IOException, InterruptedException {
        Tally tally = new Tally();
        Map<String, Long> watched = new TreeMap<>(plan.watched());
        watched.put(SELF, ProcessHandle.current().pid());
        Sampler sampler = new Sampler(watched, plan.target().adminPort());
        List<Load> loads = loads(plan, tally);
        loads.forEach(Load::start);
        Thread.sleep(plan.warmUpMillis());

        // Each sample begins when counting begins and ends: both go by the same time.
        tally.measure(true);
        Sample first = sampler.take();
        Thread.sleep(plan.measuredMillis());
        tally.measure(false);
        Sample last = sampler.take();

        for (Load load : loads) {
            load.stop();
        }
        return tally.result(first, last);
    }

    private static List<Load> loads(LoadPlan plan, Tally tally) {
        Target target = plan.target();
        return switch (plan.pace().mode()) {
            case CLOSED -> List.of(new ClosedLoop(target, tally, new Backlog(0)));
            case OPEN -> List.of(new OpenLoop(target, plan.pace().perSecond(), tally, Clock.systemUTC()));
            case WINDOWED -> {
                Backlog backlog = new Backlog(plan.pace().window());
                yield List.of(
                        new ClosedLoop(target, tally, backlog),
                        new CounterWatch(target.adminPort(), plan.pace().left(), backlog, tally));
            }
        };
    }
}
