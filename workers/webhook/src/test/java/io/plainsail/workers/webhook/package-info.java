@NullMarked
package io.plainsail.workers.webhook;

import org.jspecify.annotations.NullMarked;
