/** What a worker author sees: a handler, the job it is given, the outcome it returns. */
@NullMarked
package io.plainsail.worker;

import org.jspecify.annotations.NullMarked;
