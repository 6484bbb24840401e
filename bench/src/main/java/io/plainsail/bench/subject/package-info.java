/** What is put beside the facade to be measured: an empty HTTP service, and a worker service whose job does nothing. */
@NullMarked
package io.plainsail.bench.subject;

import org.jspecify.annotations.NullMarked;
