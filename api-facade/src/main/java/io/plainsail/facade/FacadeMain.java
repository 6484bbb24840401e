package io.plainsail.facade;

import io.plainsail.messaging.amqp.AmqpConfig;
import io.plainsail.messaging.amqp.AmqpTransport;

/** The facade as a process of its own, with RabbitMQ: {@code FacadeMain server [facade.yaml]}. */
public final class FacadeMain {
    private FacadeMain() {}

    public static void main(String[] args) throws Exception {
        new FacadeApplication(configuration -> AmqpTransport.create(
                        AmqpConfig.of(configuration.getAmqpUri(), "plainsail-facade " + configuration.getInstance())))
                .run(args);
    }
}
