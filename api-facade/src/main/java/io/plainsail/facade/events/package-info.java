/** The recorder: what workers report, applied to the store in batches. */
@NullMarked
package io.plainsail.facade.events;

import org.jspecify.annotations.NullMarked;
