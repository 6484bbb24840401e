/** The transport over RabbitMQ 3.10 to 4.x, AMQP 0-9-1. The AMQP client is used in this package alone. */
@NullMarked
package io.plainsail.messaging.amqp;

import org.jspecify.annotations.NullMarked;
