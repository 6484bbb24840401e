package io.plainsail.worker.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.service.NoHandlerConfig;
import io.plainsail.worker.service.WorkerProvider;
import io.plainsail.worker.service.WorkerService;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * A worker of the job type test.script, which does what the input says, and stops at gates that the test opens. A test
 * that wants it in its {@code Standalone} names it in META-INF/services of its own.
 */
public final class ScriptWorker implements WorkerProvider<NoHandlerConfig> {
    private static final Map<String, CountDownLatch> GATES = new ConcurrentHashMap<>();

    /** Lets the jobs go on that name this gate, those that come to it later, too. */
    public static void open(String gate) {
        gate(gate).countDown();
    }

    private static CountDownLatch gate(String name) {
        return GATES.computeIfAbsent(name, absent -> new CountDownLatch(1));
    }

    @Override
    public String name() {
        return "script";
    }

    @Override
    public Class<NoHandlerConfig> handlerConfig() {
        return NoHandlerConfig.class;
    }

    @Override
    public WorkerService create(NoHandlerConfig config) {
        return WorkerService.named(name())
                .handles(ContractLoader.fromClassPath(ScriptWorker.class, "test.script", 1), ScriptWorker::run);
    }

    private static Outcome run(JobContext job) throws JobFailedException, InterruptedException {
        JsonNode input = job.input();
        for (int i = 0; i < input.path("lines").asInt(); i++) {
            job.log("line " + i);
        }
        input.path("log").forEach(line -> job.log(line.textValue()));
        if (input.has("percent")) {
            job.progress(input.get("percent").doubleValue(), "on the way");
        }
        if (input.has("gate")) {
            gate(input.get("gate").textValue()).await();
        }
        if (input.has("fail")) {
            throw new JobFailedException(
                    ErrorCategory.REJECTED, "told-to", input.get("fail").textValue());
        }
        Outcome outcome = Outcome.of((JsonNode) ((ObjectNode) input).deepCopy());
        return input.has("file")
                ? outcome.withFile(new Outcome.Bytes(
                        "application/x-test", bytes(input.get("file").intValue())))
                : outcome;
    }

    /** What a file of so many bytes holds. */
    public static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (i * 31 + i / 251);
        }
        return bytes;
    }
}
