package io.plainsail.messaging;

/**
 * A moment's view of the carrier.
 *
 * @param connected every connection that should be there is there
 * @param blocked the carrier has asked publishers to stop (memory or disk alarm)
 * @param detail for people: what is missing, since when
 */
public record TransportHealth(boolean connected, boolean blocked, String detail) {}
