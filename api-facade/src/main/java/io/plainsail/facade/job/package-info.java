/** The vocabulary of the facade: jobs as values. Pure: knows neither HTTP, SQL nor a broker. */
@NullMarked
package io.plainsail.facade.job;

import org.jspecify.annotations.NullMarked;
