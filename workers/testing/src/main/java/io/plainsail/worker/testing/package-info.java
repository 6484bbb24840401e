/**
 * For worker authors: {@link io.plainsail.worker.testing.TestJob} runs a handler against its contract without broker or
 * facade, {@link io.plainsail.worker.testing.WorkerOnBroker} a whole worker service on a RabbitMQ.
 * For what talks to a facade: {@link io.plainsail.worker.testing.ScriptWorker} does what a job's input says.
 */
@NullMarked
package io.plainsail.worker.testing;

import org.jspecify.annotations.NullMarked;
