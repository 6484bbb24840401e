package io.plainsail.worker.service;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How the process writes its own log, which goes to standard output. */
public enum LogFormat {
    /** One line a message, for people and journald. */
    @JsonProperty("plain")
    PLAIN,
    /** One JSON object a message, for log collectors. */
    @JsonProperty("json")
    JSON
}
