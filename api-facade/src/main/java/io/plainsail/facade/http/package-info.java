/** The REST API: requests in, jobs and problems out. */
@NullMarked
package io.plainsail.facade.http;

import org.jspecify.annotations.NullMarked;
