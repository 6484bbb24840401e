/** Which faults there are, when each happens, and how it is done. */
@NullMarked
package io.plainsail.chaos.fault;

import org.jspecify.annotations.NullMarked;
