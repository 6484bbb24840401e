@NullMarked
package io.plainsail.workers.exec;

import org.jspecify.annotations.NullMarked;
