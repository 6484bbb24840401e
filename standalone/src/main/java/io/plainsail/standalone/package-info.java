/** The newcomer's edition: facade and every worker in one JVM, and the demo that shows it. */
@NullMarked
package io.plainsail.standalone;

import org.jspecify.annotations.NullMarked;
