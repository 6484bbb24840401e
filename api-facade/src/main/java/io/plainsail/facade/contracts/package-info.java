/** The contracts that workers announced, ready to check inputs against. */
@NullMarked
package io.plainsail.facade.contracts;

import org.jspecify.annotations.NullMarked;
