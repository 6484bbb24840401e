@NullMarked
package io.plainsail.worker.subprocess;

import org.jspecify.annotations.NullMarked;
