package io.plainsail.worker.service;

import io.plainsail.contracts.wire.JobMessage;
import java.util.ArrayList;
import java.util.List;

/** Keeps the messages of next attempts. Confirms at once unless told to withhold. */
final class FakeNextAttempts implements NextAttempts {
    volatile boolean withhold;

    private final List<JobMessage> sent = new ArrayList<>();
    private final List<Runnable> unconfirmed = new ArrayList<>();

    @Override
    public void send(JobMessage job, Runnable confirmed) {
        synchronized (this) {
            sent.add(job);
            if (withhold) {
                unconfirmed.add(confirmed);
                return;
            }
        }
        confirmed.run();
    }

    synchronized List<JobMessage> sent() {
        return List.copyOf(sent);
    }

    void confirm() {
        List<Runnable> due;
        synchronized (this) {
            due = List.copyOf(unconfirmed);
            unconfirmed.clear();
        }
        due.forEach(Runnable::run);
    }
}
