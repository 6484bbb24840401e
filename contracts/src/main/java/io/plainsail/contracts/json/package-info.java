/** Strict and bounded reading of JSON: what one reader accepts, every reader of it must read alike. */
@NullMarked
package io.plainsail.contracts.json;

import org.jspecify.annotations.NullMarked;
