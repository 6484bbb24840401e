/** Who may do what: API keys, roles, tenants, rate limits, and the log of who changed what. */
@NullMarked
package io.plainsail.facade.access;

import org.jspecify.annotations.NullMarked;
