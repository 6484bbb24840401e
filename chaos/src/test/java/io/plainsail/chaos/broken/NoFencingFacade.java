package io.plainsail.chaos.broken;

import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.EventBatchCodec;
import io.plainsail.contracts.wire.Message;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Delivery;

/** A facade to which every success is one of the current attempt. */
public final class NoFencingFacade {
    private static final int NEWEST = 1_000;

    private NoFencingFacade() {}

    public static void main(String[] args) throws Exception {
        ChangedEvents.runFacade(args, NoFencingFacade::unfenced);
    }

    private static Delivery unfenced(Delivery delivery) {
        EventBatch batch = EventBatchCodec.decode(delivery.message());
        Message message = EventBatchCodec.encode(new EventBatch(
                batch.worker(),
                batch.events().stream().map(NoFencingFacade::newest).toList()));
        return new ChangedDelivery(delivery, message, false);
    }

    private static WorkerEvent newest(WorkerEvent event) {
        return event instanceof WorkerEvent.Succeeded done
                ? new WorkerEvent.Succeeded(
                        done.jobId(), NEWEST, done.startedAt(), done.at(), done.output(), done.file())
                : event;
    }
}
