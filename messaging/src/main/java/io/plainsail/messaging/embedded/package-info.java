/** The transport inside one process: what the newcomer's edition and most tests run on. */
@NullMarked
package io.plainsail.messaging.embedded;

import org.jspecify.annotations.NullMarked;
