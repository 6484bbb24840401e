package io.plainsail.workers.@PACKAGE@;

import io.plainsail.contracts.ContractLoader;
import io.plainsail.worker.service.WorkerProvider;
import io.plainsail.worker.service.WorkerService;

/** The worker service {@code @NAME@}, as it is found on the class path. */
public final class @CLASS@Worker implements WorkerProvider<@CLASS@Config> {
    @Override
    public String name() {
        return "@NAME@";
    }

    @Override
    public Class<@CLASS@Config> handlerConfig() {
        return @CLASS@Config.class;
    }

    @Override
    public WorkerService create(@CLASS@Config config) {
        return WorkerService.named(name())
                .handles(
                        ContractLoader.fromClassPath(@CLASS@Worker.class, "@TYPE@", 1),
                        new @HANDLER@Handler(config));
    }
}
