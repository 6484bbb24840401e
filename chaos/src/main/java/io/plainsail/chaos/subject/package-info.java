/** What the faults hit: the cluster's processes, and a worker whose every run is written down. */
@NullMarked
package io.plainsail.chaos.subject;

import org.jspecify.annotations.NullMarked;
