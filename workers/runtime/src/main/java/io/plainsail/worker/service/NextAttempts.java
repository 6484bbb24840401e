package io.plainsail.worker.service;

import io.plainsail.contracts.wire.JobMessage;

/** Where the messages of attempts go that begin later. Thread-safe; never blocks. */
interface NextAttempts {

    /**
     * Takes a message, to be delivered when its attempt may begin. It is sent in the trace that this thread works in, if it
     * does in one, and keeps the context that it has.
     *
     * @param confirmed called once, when the message is safe with the carrier: be quick there, do no I/O
     */
    void send(JobMessage job, Runnable confirmed);
}
