/** The job store on H2 and PostgreSQL, through Jdbi. */
@NullMarked
package io.plainsail.facade.store;

import org.jspecify.annotations.NullMarked;
