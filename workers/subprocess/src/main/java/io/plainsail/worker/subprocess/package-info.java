/**
 * For workers whose jobs are programs: {@link io.plainsail.worker.subprocess.Subprocesses} starts one, bounds what it may
 * use and say, and leaves none of its processes behind. Linux only.
 */
@NullMarked
package io.plainsail.worker.subprocess;

import org.jspecify.annotations.NullMarked;
