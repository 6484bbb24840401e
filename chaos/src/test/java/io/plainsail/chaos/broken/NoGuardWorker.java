package io.plainsail.chaos.broken;

import io.plainsail.chaos.subject.ChaosWorker;
import io.plainsail.contracts.wire.AttemptClaim;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.messaging.amqp.AmqpConfig;
import io.plainsail.messaging.amqp.AmqpTransport;
import io.plainsail.worker.service.FacadeAccess;
import io.plainsail.worker.service.WorkerConfig;
import io.plainsail.worker.service.WorkerProcess;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** A worker that runs whatever it is given. */
public final class NoGuardWorker {
    private NoGuardWorker() {}

    private static final class Nobody implements FacadeAccess {
        @Override
        public Claimed claim(JobMessage job, AttemptClaim claim, Duration patience) {
            return new Answered(ClaimAnswer.run(job.attempt(), 0));
        }

        @Override
        public Optional<RunningCheck.Answer> check(String instance, RunningCheck check, Duration patience) {
            return Optional.empty();
        }

        @Override
        public Answer deliver(Upload upload, Duration patience) {
            return new Answer(Verdict.REFUSED, "no files here");
        }
    }

    public static void main(String[] args) throws InterruptedException {
        AmqpTransport transport = AmqpTransport.create(AmqpConfig.of(System.getenv("PLAINSAIL_AMQP_URI"), "broken"));
        WorkerProcess.start(
                ChaosWorker.service(Path.of(System.getenv(ChaosWorker.RUNS))),
                WorkerConfig.with(Map.of()),
                transport,
                new Nobody(),
                Clock.systemUTC());
        new CountDownLatch(1).await();
    }
}
