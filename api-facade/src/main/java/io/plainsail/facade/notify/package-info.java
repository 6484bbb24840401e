/** Tells callers how their jobs ended. */
@NullMarked
package io.plainsail.facade.notify;

import org.jspecify.annotations.NullMarked;
