package io.plainsail.facade.store;

import io.plainsail.facade.job.Dispatch;
import io.plainsail.facade.job.JobStore;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A relay by hand. */
public final class Outbox {
    private Outbox() {}

    /** The transport has these jobs, whoever had claimed them; the others are free. */
    public static void send(JobStore store, Instant now, Collection<UUID> jobIds) {
        store.handBack(jobIds, false);
        JobStore.Claim claim = new JobStore.Claim("by hand", now.plusSeconds(3_600));
        List<UUID> claimed = store.claim(claim, now, 10_000, Long.MAX_VALUE).stream()
                .map(Dispatch::jobId)
                .toList();
        Map<UUID, Instant> sent = new HashMap<>();
        jobIds.forEach(id -> sent.put(id, claim.until()));
        store.sent(claim.relay(), sent);
        store.handBack(claimed, false);
    }
}
