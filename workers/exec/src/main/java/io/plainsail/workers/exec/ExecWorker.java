package io.plainsail.workers.exec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.service.WorkerMain;
import io.plainsail.worker.service.WorkerProvider;
import io.plainsail.worker.service.WorkerService;
import io.plainsail.worker.subprocess.RunDirectories;
import io.plainsail.worker.subprocess.Subprocesses;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;

/** The worker service {@code exec} as a process: {@code ExecWorker [config.yaml]}. */
public final class ExecWorker implements WorkerProvider<ExecConfig> {
    private static final String NAME = "exec";

    public static void main(String[] args) {
        WorkerMain.run(args, new ExecWorker());
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<ExecConfig> handlerConfig() {
        return ExecConfig.class;
    }

    @Override
    public WorkerService create(ExecConfig config) {
        return service(config);
    }

    /** The service, for whoever runs it in a process of their own. What an earlier one left running is ended. */
    public static WorkerService service(ExecConfig config) {
        Subprocesses subprocesses = Subprocesses.of(NAME);
        subprocesses.reap();
        Clock clock = Clock.systemUTC();
        RunDirectories directories = new RunDirectories(config.directory(), config.keepRuns(), config.keepFor(), clock);
        Map<String, ProgramHandler> programs = new HashMap<>();
        config.handlers()
                .forEach((name, handler) -> programs.put(
                        name, new ProgramHandler(name, handler, subprocesses, directories, clock, System.getenv())));
        WorkerService service = WorkerService.named(NAME)
                .closes(subprocesses)
                .handles(ContractLoader.fromClassPath(ExecWorker.class, "exec.run", 1), job -> {
                    String name = job.input().path("handler").asText();
                    ProgramHandler program = programs.get(name);
                    if (program == null) {
                        throw new JobFailedException(
                                ErrorCategory.INVALID_INPUT,
                                "unknown-handler",
                                "handler is \"" + name + "\": must be one of " + ExecConfig.names(config.handlers()));
                    }
                    JsonNode given = job.input().get("input");
                    return program.run(job, given == null ? JsonNodeFactory.instance.objectNode() : given);
                });
        for (ExecConfig.OwnType own : config.jobTypes()) {
            ProgramHandler program = programs.get(own.handler());
            if (program == null) {
                throw new IllegalStateException("no program is called " + own.handler());
            }
            service =
                    service.handles(ContractLoader.fromDirectory(own.contract()), job -> program.run(job, job.input()));
        }
        return service;
    }
}
