package io.plainsail.workers.document;

/** There is nothing to configure; what this worker sets of every worker's settings stands in {@code DocumentConfig.yml}. */
public record DocumentConfig() {}
