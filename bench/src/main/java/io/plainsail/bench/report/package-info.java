/** What the figures say: tables, ratios and the JSON document. */
@NullMarked
package io.plainsail.bench.report;

import org.jspecify.annotations.NullMarked;
