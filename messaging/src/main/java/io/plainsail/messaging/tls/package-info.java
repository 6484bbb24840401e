/** TLS between the services, from PEM files: whom to trust, who one is, and in words what stood in the way. */
@NullMarked
package io.plainsail.messaging.tls;

import org.jspecify.annotations.NullMarked;
