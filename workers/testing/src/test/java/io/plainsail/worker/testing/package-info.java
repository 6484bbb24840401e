@NullMarked
package io.plainsail.worker.testing;

import org.jspecify.annotations.NullMarked;
