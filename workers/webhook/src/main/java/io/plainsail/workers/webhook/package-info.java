/** The worker service {@code webhook}: job type {@code webhook.deliver}, a signed JSON POST. */
@NullMarked
package io.plainsail.workers.webhook;

import org.jspecify.annotations.NullMarked;
