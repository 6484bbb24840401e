/** The command line: {@link io.plainsail.cli.PlainsailCommand} is where it begins. */
@NullMarked
package io.plainsail.cli;

import org.jspecify.annotations.NullMarked;
