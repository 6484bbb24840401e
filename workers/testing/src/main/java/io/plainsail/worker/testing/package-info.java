/**
 * For worker authors: {@link io.plainsail.worker.testing.TestJob} runs a handler against its contract without broker or
 * facade, {@link io.plainsail.worker.testing.WorkerOnBroker} a whole worker service on a RabbitMQ.
 */
@NullMarked
package io.plainsail.worker.testing;

import org.jspecify.annotations.NullMarked;
