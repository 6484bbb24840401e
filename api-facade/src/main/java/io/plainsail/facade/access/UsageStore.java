package io.plainsail.facade.access;

import java.time.LocalDate;
import java.util.Map;

/** Keeps how many jobs were accepted with each key on each day. Changes are durable when a call returns. Thread-safe. */
public interface UsageStore {

    /** Adds to what this facade has counted; each map is by id of the key. */
    void add(String facade, LocalDate day, Map<String, Long> jobs);

    /** What all facades have counted together. */
    Map<String, Long> sums(LocalDate day);

    void forgetBefore(LocalDate day);
}
