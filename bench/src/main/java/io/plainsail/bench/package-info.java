/**
 * {@code ./plainsail bench}: measures the services beside the ceilings of what they are made of.
 *
 * <p>In the order of the flow: {@link io.plainsail.bench.BenchMain} runs each {@code scenario} with servers and
 * {@code subject}s of its own, a {@code load} process drives and {@code measure}s it, and the {@code report} sets the
 * figures side by side.
 */
@NullMarked
package io.plainsail.bench;

import org.jspecify.annotations.NullMarked;
