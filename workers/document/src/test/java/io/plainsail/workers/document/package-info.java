@NullMarked
package io.plainsail.workers.document;

import org.jspecify.annotations.NullMarked;
