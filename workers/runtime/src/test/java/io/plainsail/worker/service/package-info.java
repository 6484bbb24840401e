@NullMarked
package io.plainsail.worker.service;

import org.jspecify.annotations.NullMarked;
