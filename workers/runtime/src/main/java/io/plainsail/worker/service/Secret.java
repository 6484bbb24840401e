package io.plainsail.worker.service;

import com.fasterxml.jackson.annotation.JsonCreator;

/** A configured value that is never printed. */
public record Secret(String value) {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public Secret {}

    @Override
    public String toString() {
        return "[REDACTED]";
    }
}
