@NullMarked
package io.plainsail.testbed;

import org.jspecify.annotations.NullMarked;
