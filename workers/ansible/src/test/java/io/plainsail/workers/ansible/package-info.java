@NullMarked
package io.plainsail.workers.ansible;

import org.jspecify.annotations.NullMarked;
