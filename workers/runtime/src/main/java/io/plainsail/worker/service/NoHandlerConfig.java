package io.plainsail.worker.service;

/** For handlers that have nothing to configure: any field under {@code handler:} is refused. */
public record NoHandlerConfig() {}
