package io.plainsail.workers.packer;

import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.worker.service.InvalidConfigException;
import io.plainsail.worker.service.WorkerMain;
import io.plainsail.worker.service.WorkerProvider;
import io.plainsail.worker.service.WorkerService;
import java.io.IOException;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The worker service {@code packer} as a process: {@code PackerWorker [config.yaml]}. */
public final class PackerWorker implements WorkerProvider<PackerConfig> {
    private static final Logger LOG = LoggerFactory.getLogger(PackerWorker.class);

    public static void main(String[] args) {
        WorkerMain.run(args, new PackerWorker());
    }

    @Override
    public String name() {
        return "packer";
    }

    @Override
    public Class<PackerConfig> handlerConfig() {
        return PackerConfig.class;
    }

    @Override
    public WorkerService create(PackerConfig config) {
        return service(config);
    }

    /**
     * The service, for whoever runs it in a process of their own. It holds a part of the run directory: its resources are
     * to be closed.
     *
     * @throws InvalidConfigException if the directories of the configuration cannot be used
     */
    public static WorkerService service(PackerConfig config) {
        if (config.templates().isEmpty()) {
            LOG.warn("No template is configured: every packer.build job fails with template-missing");
        }
        Contract contract = ContractLoader.fromClassPath(PackerWorker.class, "packer.build", 1);
        try {
            PackerBuildHandler handler = PackerBuildHandler.open(config, Clock.systemUTC());
            return WorkerService.named("packer").handles(contract, handler).closes(handler);
        } catch (IOException e) {
            throw new InvalidConfigException(
                    "artifactDirectory, cacheDirectory or runDirectory cannot be used: " + e, e);
        }
    }
}
