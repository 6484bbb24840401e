package io.plainsail.facade.job;

/**
 * What a caller named a request with, so that it may be sent again: the same key and the same payload are the same jobs.
 *
 * @param id as the caller chose it, 1 to 255 visible ASCII characters
 * @param item which job of the request, from 0 on
 * @param payload SHA-256 of the request's body, lower-case hex
 */
public record IdempotencyKey(String id, int item, String payload) {}
