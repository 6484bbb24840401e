/** The load generator, a process of its own: {@link io.plainsail.bench.load.LoadMain}. */
@NullMarked
package io.plainsail.bench.load;

import org.jspecify.annotations.NullMarked;
