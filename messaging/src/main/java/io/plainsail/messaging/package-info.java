/** The transport port: what facade and workers ask of whatever carries their messages. */
@NullMarked
package io.plainsail.messaging;

import org.jspecify.annotations.NullMarked;
