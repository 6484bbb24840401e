/** A client of the facade's HTTP API: {@link io.plainsail.client.Plainsail} is where it begins. */
@NullMarked
package io.plainsail.client;

import org.jspecify.annotations.NullMarked;
