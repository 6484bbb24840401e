/**
 * What a worker service is made of, less its handler: from a delivery to a reported outcome and its acknowledgement.
 *
 * <p>In the order of the flow: {@link io.plainsail.worker.service.WorkerMain} starts a
 * {@link io.plainsail.worker.service.WorkerProcess} for a {@link io.plainsail.worker.service.WorkerService}; deliveries
 * wait in a {@code ReadyQueue} for a lane of the {@code HandlerPool}, go through the {@code AttemptRunner} under the eyes
 * of the {@code AttemptWatch}, and leave as events through the {@code EventOutbox}, whose confirms acknowledge them.
 */
@NullMarked
package io.plainsail.worker.service;

import org.jspecify.annotations.NullMarked;
