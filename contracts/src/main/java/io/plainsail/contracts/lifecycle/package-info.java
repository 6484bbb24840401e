/** The states of a job and the one table of their transitions. */
@NullMarked
package io.plainsail.contracts.lifecycle;

import org.jspecify.annotations.NullMarked;
