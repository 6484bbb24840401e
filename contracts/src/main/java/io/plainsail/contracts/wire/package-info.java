/** The records that travel between services, and their encoding. Nothing else crosses a process boundary. */
@NullMarked
package io.plainsail.contracts.wire;

import org.jspecify.annotations.NullMarked;
