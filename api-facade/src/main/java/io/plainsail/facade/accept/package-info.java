/** The accept path: many requests, one durable transaction. */
@NullMarked
package io.plainsail.facade.accept;

import org.jspecify.annotations.NullMarked;
