package io.plainsail.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a second run of the same attempt would do to the world; decides how carefully a delivery is guarded. */
public enum EffectClass {
    /** Computes a result and touches nothing: a second run is only wasted time. */
    @JsonProperty("pure")
    PURE,
    /** Touches the world, but a second run with the same job id leaves it as the first did. */
    @JsonProperty("idempotent")
    IDEMPOTENT,
    /** A second run does harm: it is claimed from the facade before it starts, and waits when that cannot be reached. */
    @JsonProperty("irreversible")
    IRREVERSIBLE
}
