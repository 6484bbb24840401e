package io.plainsail.workers.webhook;

import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.worker.service.WorkerMain;
import io.plainsail.worker.service.WorkerProvider;
import io.plainsail.worker.service.WorkerService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The worker service {@code webhook} as a process: {@code WebhookWorker [config.yaml]}. */
public final class WebhookWorker implements WorkerProvider<WebhookConfig> {
    private static final Logger LOG = LoggerFactory.getLogger(WebhookWorker.class);

    public static void main(String[] args) {
        WorkerMain.run(args, new WebhookWorker());
    }

    @Override
    public String name() {
        return "webhook";
    }

    @Override
    public Class<WebhookConfig> handlerConfig() {
        return WebhookConfig.class;
    }

    @Override
    public WorkerService create(WebhookConfig config) {
        return service(config);
    }

    /** The service, for whoever runs it in a process of their own. It holds connections: its resources are to be closed. */
    public static WorkerService service(WebhookConfig config) {
        if (config.signingKeys().isEmpty()) {
            LOG.warn("No signing key is configured: every webhook.deliver job fails with signing-key");
        }
        Contract contract = ContractLoader.fromClassPath(WebhookWorker.class, "webhook.deliver", 1);
        WebhookHandler handler = WebhookHandler.open(config);
        return WorkerService.named("webhook").handles(contract, handler).closes(handler);
    }
}
