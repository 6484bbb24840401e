/**
 * What programs can read of the interfaces: OpenAPI for callers, AsyncAPI for workers, made of the contracts in force.
 */
@NullMarked
package io.plainsail.facade.description;

import org.jspecify.annotations.NullMarked;
