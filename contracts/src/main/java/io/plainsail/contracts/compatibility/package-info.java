/**
 * Whether a changed contract may take the place of the one in force, inside its version: by rule, and with reasons.
 *
 * <p>Both directions are one question: is every value that meets one schema sure to meet another? For inputs the old schema is
 * the narrow one, for outputs the new one. {@link io.plainsail.contracts.compatibility.Inclusion} proves it keyword by keyword,
 * by {@link io.plainsail.contracts.compatibility.KeywordRules}; where it cannot,
 * {@link io.plainsail.contracts.compatibility.Counterexample} looks for a value that shows the opposite. What neither settles is
 * undecided. Pure, no I/O.
 */
@NullMarked
package io.plainsail.contracts.compatibility;

import org.jspecify.annotations.NullMarked;
