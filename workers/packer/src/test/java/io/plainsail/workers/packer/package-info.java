@NullMarked
package io.plainsail.workers.packer;

import org.jspecify.annotations.NullMarked;
