/** Traces by OpenTelemetry: what is recorded of messages on their way, and where it goes. */
@NullMarked
package io.plainsail.messaging.trace;

import org.jspecify.annotations.NullMarked;
