/** The worker service {@code packer}: job type {@code packer.build}, a VM image baked by Packer. */
@NullMarked
package io.plainsail.workers.packer;

import org.jspecify.annotations.NullMarked;
