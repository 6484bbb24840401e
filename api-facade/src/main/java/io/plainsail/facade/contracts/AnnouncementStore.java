package io.plainsail.facade.contracts;

import io.plainsail.contracts.JobType;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Keeps what was announced by whom, for all facades of a store. Changes are durable when a call returns. Thread-safe. */
public interface AnnouncementStore {

    List<Announcement> all();

    /**
     * Keeps what was decided, in place of what was decided of the same contract before. Of a type and version only the last
     * ones are kept.
     */
    void put(Announcement announcement);

    /** Keeps who speaks what: for each instance and job type the last word. */
    void spoke(List<Speaker> speakers);

    List<Speaker> speakers();

    /** The instance has ended. */
    void gone(String instance);

    /** Forgets instances not heard of since, and contracts that are not in force and were not heard of since. */
    void forgetBefore(Instant speakers, Instant announcements);

    /**
     * @param firstSeen when any contract of the type and version was announced first
     * @param lastSeen when the one in force was announced last
     */
    record Seen(Instant firstSeen, Instant lastSeen) {}

    /** Of the contracts in force. */
    Map<JobType, Seen> seen();
}
