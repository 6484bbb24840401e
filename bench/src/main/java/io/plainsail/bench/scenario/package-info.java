/** The measurements, each with servers and services of its own. */
@NullMarked
package io.plainsail.bench.scenario;

import org.jspecify.annotations.NullMarked;
