package io.plainsail.facade;

import io.plainsail.messaging.Transport;
import io.plainsail.messaging.amqp.AmqpConfig;
import io.plainsail.messaging.amqp.AmqpTransport;
import java.nio.file.Path;

/** The facade as a process of its own, with RabbitMQ: {@code FacadeMain server [facade.yaml]}. */
public final class FacadeMain {
    private FacadeMain() {}

    public static void main(String[] args) throws Exception {
        new FacadeApplication(FacadeMain::transport).run(args);
    }

    /** The transport that the configuration names. */
    public static Transport transport(FacadeConfiguration configuration) {
        return AmqpTransport.create(
                AmqpConfig.of(configuration.getAmqpUri(), "plainsail-facade " + configuration.getInstance())
                        .trusting(Path.of(configuration.getAmqpCaFile())));
    }
}
