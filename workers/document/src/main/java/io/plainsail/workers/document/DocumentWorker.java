package io.plainsail.workers.document;

import io.plainsail.contracts.Contract;
import io.plainsail.worker.service.WorkerMain;
import io.plainsail.worker.service.WorkerProvider;
import io.plainsail.worker.service.WorkerService;

/** The worker service {@code document} as a process: {@code DocumentWorker [config.yaml]}. */
public final class DocumentWorker implements WorkerProvider<DocumentConfig> {
    public static void main(String[] args) {
        WorkerMain.run(args, new DocumentWorker());
    }

    @Override
    public String name() {
        return "document";
    }

    @Override
    public Class<DocumentConfig> handlerConfig() {
        return DocumentConfig.class;
    }

    @Override
    public WorkerService create(DocumentConfig config) {
        return service();
    }

    /** The service, for whoever runs it in a process of their own. Fonts and renderer are loaded with the first job. */
    public static WorkerService service() {
        Contract contract = DocumentRenderHandler.contract();
        return WorkerService.named("document").handles(contract, new DocumentRenderHandler(contract));
    }
}
