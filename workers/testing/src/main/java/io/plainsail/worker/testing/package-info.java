/** For authors of handlers: run a handler against its contract, without broker or facade. */
@NullMarked
package io.plainsail.worker.testing;

import org.jspecify.annotations.NullMarked;
