/** The facade's wiring: configuration in, a running service out. */
@NullMarked
package io.plainsail.facade;

import org.jspecify.annotations.NullMarked;
