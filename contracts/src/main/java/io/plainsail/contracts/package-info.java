/**
 * The contract of a job type: its JSON Schemas, its policy and its examples, with the loader that refuses a bad one.
 */
@NullMarked
package io.plainsail.contracts;

import org.jspecify.annotations.NullMarked;
