/**
 * Private brokers and databases as processes, for tests, benchmarks and chaos runs.
 *
 * <p>A test class asks for a server through {@link io.plainsail.testbed.RabbitMqExtension} or
 * {@link io.plainsail.testbed.PostgresExtension} and takes what the machine has. A chaos run starts its own
 * {@link io.plainsail.testbed.PrivateRabbitMq}, {@link io.plainsail.testbed.PrivatePostgres} or
 * {@link io.plainsail.testbed.JavaProcess}, because those can be killed and started again on the same data.
 */
@NullMarked
package io.plainsail.testbed;

import org.jspecify.annotations.NullMarked;
