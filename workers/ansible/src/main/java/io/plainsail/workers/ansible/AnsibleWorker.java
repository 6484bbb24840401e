package io.plainsail.workers.ansible;

import io.plainsail.contracts.ContractLoader;
import io.plainsail.worker.service.WorkerMain;
import io.plainsail.worker.service.WorkerProvider;
import io.plainsail.worker.service.WorkerService;
import java.time.Clock;

/** The worker service {@code ansible} as a process: {@code AnsibleWorker [config.yaml]}. */
public final class AnsibleWorker implements WorkerProvider<AnsibleConfig> {
    public static void main(String[] args) {
        WorkerMain.run(args, new AnsibleWorker());
    }

    @Override
    public String name() {
        return "ansible";
    }

    @Override
    public Class<AnsibleConfig> handlerConfig() {
        return AnsibleConfig.class;
    }

    @Override
    public WorkerService create(AnsibleConfig config) {
        return service(config);
    }

    /**
     * The service, for whoever runs it in a process of their own. Ends what an earlier process of it has left running, and
     * deletes what it has left of secrets.
     */
    public static WorkerService service(AnsibleConfig config) {
        AnsibleHandler handler = AnsibleHandler.open(config, Clock.systemUTC());
        return WorkerService.named("ansible")
                .handles(ContractLoader.fromClassPath(AnsibleWorker.class, "ansible.playbook", 1), handler)
                .closes(handler);
    }
}
