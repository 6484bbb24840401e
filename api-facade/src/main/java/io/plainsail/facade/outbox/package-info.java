/** The relay: what the store has promised, handed to the transport until that confirms it. */
@NullMarked
package io.plainsail.facade.outbox;

import org.jspecify.annotations.NullMarked;
