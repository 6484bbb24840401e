/** What is measured and how it is read: latencies, metrics, and what processes use of the machine. */
@NullMarked
package io.plainsail.bench.measure;

import org.jspecify.annotations.NullMarked;
