package io.plainsail.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.client.Job;
import io.plainsail.client.JobFilter;
import io.plainsail.client.Plainsail;
import io.plainsail.client.PlainsailException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The hosts that a rollout left to a unit of their own, since they ran it: what comes of them is seen from the fleet,
 * and from a last job that says that all is done.
 */
final class HandedOver {
    private static final long PAUSE_MILLIS = 2_000;

    private enum Seen {
        MOVED,
        PUT_BACK,
        NOT_YET
    }

    private final Plainsail plainsail;
    private final Job job;
    private final String service;
    private final String release;
    private final boolean probed;
    private final List<String> hosts = new ArrayList<>();

    /** @param record of the rollout, as the job left it */
    HandedOver(Plainsail plainsail, Job job, JsonNode record) {
        this.plainsail = plainsail;
        this.job = job;
        this.service = record.path("service").asText();
        this.release = record.path("release").asText();
        this.probed = record.path("probed").asBoolean();
        record.path("handedOver").forEach(host -> hosts.add(host.asText()));
    }

    /** The exit code. */
    int await(Duration atMost) {
        long until = System.nanoTime() + atMost.toNanos();
        while (true) {
            try {
                List<Seen> seen = hosts.stream().map(this::look).toList();
                if (seen.contains(Seen.PUT_BACK)) {
                    return Exit.JOB_FAILED;
                }
                if (!seen.contains(Seen.NOT_YET)) {
                    return Exit.OK;
                }
            } catch (PlainsailException e) {
                if (Exit.of(e) != Exit.UNAVAILABLE) {
                    throw e;
                }
                // A facade that is away for a moment says nothing about the host.
            }
            if (System.nanoTime() > until) {
                return Exit.TIMED_OUT;
            }
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Exit.INTERRUPTED;
            }
        }
    }

    private Seen look(String host) {
        String shortName = host.split("\\.", 2)[0];
        Instant ended = job.finishedAt() == null ? job.acceptedAt() : job.finishedAt();
        for (JsonNode worker : plainsail.operations().workers().path("workers")) {
            boolean itsOwn = worker.path("service").asText().equals(service)
                    && worker.path("host").asText().equals(shortName)
                    && worker.path("state").asText().equals("ready");
            if (itsOwn && worker.path("release").asText().equals(release)) {
                return !probed || saysThatItIsDone(host, ended) ? Seen.MOVED : Seen.NOT_YET;
            }
            if (itsOwn && Instant.parse(worker.path("startedAt").asText()).isAfter(ended)) {
                return Seen.PUT_BACK;
            }
        }
        return Seen.NOT_YET;
    }

    /** It has been accepted: behind a backlog it may run much later. */
    private boolean saysThatItIsDone(String host, Instant ended) {
        JobFilter lastJobs = JobFilter.all()
                .label("rollout-done", release)
                .label("host", host)
                .from(ended)
                .limit(1);
        return plainsail.jobs(lastJobs).findAny().isPresent();
    }
}
