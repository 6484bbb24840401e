/**
 * {@code ./plainsail chaos}: a private cluster under load, faults by a seeded schedule, and the proof that nothing is
 * lost.
 *
 * <p>{@link io.plainsail.chaos.ChaosMain} starts the {@code subject}, offers {@code load}, lets the {@code fault}s happen,
 * heals, waits until all is done, and {@code check}s the history.
 */
@NullMarked
package io.plainsail.chaos;

import org.jspecify.annotations.NullMarked;
