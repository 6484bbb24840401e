package io.plainsail.bench.subject;

import io.plainsail.contracts.ContractLoader;
import io.plainsail.worker.service.WorkerMain;
import io.plainsail.worker.service.WorkerService;
import java.time.Clock;

/** The worker service {@code bench}: jobs of the type {@code bench.noop}. */
public final class BenchWorker {
    private BenchWorker() {}

    public static void main(String[] args) {
        WorkerMain.run(args, BenchWorkerConfig.class, BenchWorker::service);
    }

    private static WorkerService service(BenchWorkerConfig config) {
        NoopHandler handler = new NoopHandler(config.starts(), Clock.systemUTC());
        return WorkerService.named("bench")
                .handles(ContractLoader.fromClassPath(BenchWorker.class, "bench.noop", 1), handler)
                .closes(handler);
    }
}
