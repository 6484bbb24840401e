package io.plainsail.bench.scenario;

import io.plainsail.bench.load.LoadMain;
import io.plainsail.bench.load.Sampler;
import io.plainsail.bench.measure.Sample;
import io.plainsail.bench.report.Figure;
import io.plainsail.bench.report.Measurement;
import io.plainsail.bench.report.ProcessFigures;
import io.plainsail.testbed.JavaProcess;
import io.plainsail.testbed.PrivateRabbitMq;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** What the broker can do at most, by its own load generator: RabbitMQ PerfTest, one producer and one consumer. */
final class BrokerCeiling implements Scenario {
    private static final String PERF_TEST = "com.rabbitmq.perf.PerfTest";
    private static final int SPARE_SECONDS = 2;

    private final Settings settings;

    BrokerCeiling(Settings settings) {
        this.settings = settings;
    }

    @Override
    public String name() {
        return "broker";
    }

    @Override
    public Measurement run() {
        try (PrivateRabbitMq broker = PrivateRabbitMq.start(PrivateRabbitMq.Options.defaults());
                JavaProcess load = JavaProcess.of(PERF_TEST)
                        .jvmOptions(Jvm.array(Jvm.LOAD))
                        .arguments(arguments(broker.uri()))
                        .start()) {
            Map<String, Long> watched = Map.of("broker", broker.pid(), LoadMain.SELF, load.pid());
            Sampler sampler = new Sampler(watched, 0);
            awaitSecond(load, settings.warmUpSeconds());
            Sample first = sampler.take();
            awaitSecond(load, settings.warmUpSeconds() + settings.seconds());
            Sample last = sampler.take();

            List<PerfTestLine> lines = PerfTestLine.of(Files.readString(load.outputFile()));
            double in = PerfTestLine.mean(lines, settings.warmUpSeconds(), PerfTestLine::sent);
            double out = PerfTestLine.mean(lines, settings.warmUpSeconds(), PerfTestLine::received);
            return new Measurement(
                    name(),
                    "RabbitMQ PerfTest, quorum queue, 1 KB, confirm 200, qos 200, multi-ack 20",
                    "message",
                    Map.of("RabbitMQ", broker.version()),
                    List.of(
                            new Figure("messagesInPerSecond", "in", in, "messages/s"),
                            new Figure("messagesOutPerSecond", "out", out, "messages/s")),
                    ProcessFigures.between(first, last, Math.round(out * last.secondsSince(first))),
                    last.foreignShare(first, Runtime.getRuntime().availableProcessors()));
        } catch (IOException e) {
            throw new UncheckedIOException("the broker's ceiling cannot be measured", e);
        }
    }

    private String[] arguments(String uri) {
        int seconds = settings.warmUpSeconds() + settings.seconds() + SPARE_SECONDS;
        return ("--uri " + uri + " --quorum-queue --queue ceiling --size 1024 --producers 1 --consumers 1"
                        + " --confirm 200 --qos 200 --multi-ack-every 20 --time " + seconds)
                .split(" ");
    }

    /** Waits for the line of that second, or of the next should that one have been passed over. */
    private static void awaitSecond(JavaProcess load, int second) {
        Pattern line = Pattern.compile("time (%d|%d)\\.\\d+ s, sent".formatted(second, second + 1));
        load.awaitOutput(line, Duration.ofSeconds(second + 60L));
    }
}
