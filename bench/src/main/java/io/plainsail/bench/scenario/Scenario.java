package io.plainsail.bench.scenario;

import io.plainsail.bench.report.Measurement;
import java.util.List;

/** One measurement, from starting what it needs to ending it. */
public interface Scenario {
    /** As in {@code --only}. */
    String name();

    /**
     * @throws BenchException if it did not come about
     */
    Measurement run();

    /** All there are, ceilings first. */
    static List<Scenario> all(Settings settings) {
        return List.of(
                new BrokerCeiling(settings),
                new HttpCeiling(settings),
                Accepting.single(settings),
                Accepting.bulk(settings),
                EndToEnd.bulk(settings),
                EndToEnd.single(settings),
                new Latency(settings),
                new History(settings),
                new StandaloneReady(settings));
    }
}
