/** The worker service {@code ansible}: job type {@code ansible.playbook}, one run of a playbook by ansible-runner. */
@NullMarked
package io.plainsail.workers.ansible;

import org.jspecify.annotations.NullMarked;
