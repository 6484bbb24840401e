@NullMarked
package io.plainsail.workers.@PACKAGE@;

import org.jspecify.annotations.NullMarked;
