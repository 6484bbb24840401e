package io.plainsail.messaging;

/**
 * What a destination is called where messages are traced, in the words of OpenTelemetry's semantic conventions.
 *
 * @param system the carrier, such as {@code rabbitmq}
 * @param sentTo its name for who publishes to it
 * @param takenFrom its name for who takes from it
 * @param routingKey empty if there is none
 */
public record Address(String system, String sentTo, String takenFrom, String routingKey) {}
