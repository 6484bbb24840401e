/** The worker service {@code @NAME@}: job type {@code @TYPE@}. */
@NullMarked
package io.plainsail.workers.@PACKAGE@;

import org.jspecify.annotations.NullMarked;
