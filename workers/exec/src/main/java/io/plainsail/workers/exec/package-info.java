/** The worker service {@code exec}: job type {@code exec.run}, programs in any language, and job types of their own. */
@NullMarked
package io.plainsail.workers.exec;

import org.jspecify.annotations.NullMarked;
