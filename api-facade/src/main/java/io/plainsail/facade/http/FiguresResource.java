package io.plainsail.facade.http;

import io.plainsail.contracts.Violation;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.JobFigures;
import io.plainsail.facade.receipt.Ledger;
import io.plainsail.facade.receipt.LedgerStore;
import io.plainsail.facade.receipt.Receipt;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.UriInfo;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the jobs add up to: by queue, by release, and as a receipt. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class FiguresResource {
    private static final Duration BY_DEFAULT = Duration.ofHours(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final JobFigures figures;
    private final LedgerStore ledger;
    private final Clock clock;

    public FiguresResource(JobFigures figures, LedgerStore ledger, Clock clock) {
        this.figures = figures;
        this.ledger = ledger;
        this.clock = clock;
    }

    /**
     * The jobs of a type that have not ended.
     *
     * @param ready for a worker: those that are queued
     * @param oldest when the one of those that have not begun was accepted that waits longest
     * @param oldestAge since then, ISO 8601
     * @param perMinute over the last five minutes
     */
    record QueueView(
            String type,
            int version,
            long ready,
            long waiting,
            long queued,
            long running,
            long retrying,
            @Nullable Instant oldest,
            @Nullable String oldestAge,
            long acceptedLastMinute,
            long startedLastMinute,
            long finishedLastMinute,
            Rates perMinute) {
        static QueueView of(JobFigures.Queue queue, Instant now) {
            Map<JobState, Long> states = queue.states();
            return new QueueView(
                    queue.jobType().name(),
                    queue.jobType().version(),
                    states.getOrDefault(JobState.QUEUED, 0L),
                    states.getOrDefault(JobState.WAITING, 0L),
                    states.getOrDefault(JobState.QUEUED, 0L),
                    states.getOrDefault(JobState.RUNNING, 0L),
                    states.getOrDefault(JobState.RETRYING, 0L),
                    queue.oldest(),
                    age(queue.oldest(), now),
                    queue.lastMinute().accepted(),
                    queue.lastMinute().started(),
                    queue.lastMinute().finished(),
                    Rates.of(queue.lastMinutes()));
        }

        private static @Nullable String age(@Nullable Instant oldest, Instant now) {
            if (oldest == null) {
                return null;
            }
            Duration age = Duration.between(oldest, now);
            return (age.isNegative() ? Duration.ZERO : age)
                    .truncatedTo(ChronoUnit.MILLIS)
                    .toString();
        }
    }

    record Rates(double accepted, double started, double finished) {
        static Rates of(JobFigures.Moves moves) {
            double minutes = JobFigures.MINUTES;
            return new Rates(moves.accepted() / minutes, moves.started() / minutes, moves.finished() / minutes);
        }
    }

    /** By type and version; those without unfinished or recent jobs are left out. */
    @GET
    @Path("/queues")
    public Map<String, List<QueueView>> queues() {
        Instant now = clock.instant();
        return Map.of(
                "queues",
                figures.queues(now).stream()
                        .map(queue -> QueueView.of(queue, now))
                        .toList());
    }

    /** Times in milliseconds. */
    record ReleaseView(
            String type,
            int version,
            String service,
            String release,
            long succeeded,
            long failed,
            long retried,
            long lost,
            long handedBack,
            long failedAgain,
            @Nullable Long medianMillis,
            @Nullable Long p95Millis,
            Instant lastEnd) {
        static ReleaseView of(JobFigures.ReleaseOutcomes outcomes) {
            return new ReleaseView(
                    outcomes.jobType().name(),
                    outcomes.jobType().version(),
                    outcomes.service(),
                    outcomes.release(),
                    outcomes.succeeded(),
                    outcomes.failed(),
                    outcomes.retried(),
                    outcomes.lost(),
                    outcomes.handedBack(),
                    outcomes.failedAgain(),
                    millis(outcomes.median()),
                    millis(outcomes.p95()),
                    outcomes.last());
        }
    }

    private static @Nullable Long millis(@Nullable Duration duration) {
        return duration == null ? null : (Long) duration.toMillis();
    }

    /** What came of the attempts of each release: those that ended {@code from} (default: an hour ago) and {@code before}. */
    @GET
    @Path("/releases")
    public Map<String, Object> releases(@Context UriInfo uri) {
        Window window = window(uri, Set.of("type", "from", "before"));
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("from", window.from());
        answer.put("before", window.before());
        answer.put(
                "releases",
                figures.releases(window.type(), window.from(), window.before()).stream()
                        .map(ReleaseView::of)
                        .toList());
        return answer;
    }

    private record Window(@Nullable String type, Instant from, Instant before) {}

    private Window window(UriInfo uri, Set<String> known) {
        MultivaluedMap<String, String> given = uri.getQueryParameters();
        var query = ListParameters.of(given, known, 1).query();
        Instant before = query.acceptedBefore() == null ? clock.instant() : query.acceptedBefore();
        Instant from = query.acceptedFrom() == null ? before.minus(BY_DEFAULT) : query.acceptedFrom();
        List<Violation> wrong = new ArrayList<>();
        if (!from.isBefore(before)) {
            wrong.add(new Violation("from", "range", "from must be earlier than before, which is " + before));
        }
        // Beyond, ids and databases know no time.
        if (from.isBefore(Instant.EPOCH) || before.isAfter(Instant.parse("9000-01-01T00:00:00Z"))) {
            wrong.add(new Violation("from", "range", "from and before must be within the years 1970 to 9000"));
        }
        if (!wrong.isEmpty()) {
            throw new ProblemException(Problem.Kind.INVALID_PARAMETER, "the query is invalid", wrong);
        }
        return new Window(query.type(), from, before);
    }

    /**
     * @param accepted jobs that the ledger of acceptances knows, which is written apart from the jobs; and those that are
     *     there, where it is a second behind
     * @param states jobs that are there
     * @param forgotten by retention or purge
     * @param lost accepted and nowhere: 0 unless the promise was broken
     * @param balances whether nothing is lost
     * @param settled whether all have ended too
     */
    record ReceiptView(
            Instant from,
            Instant before,
            long accepted,
            Map<String, Long> states,
            long inFlight,
            long forgotten,
            long lost,
            boolean balances,
            boolean settled,
            RepeatedView repeated) {
        static ReceiptView of(Receipt receipt) {
            Receipt.Repeated again = receipt.repeated();
            return new ReceiptView(
                    receipt.from(),
                    receipt.before(),
                    receipt.kept() + receipt.forgotten() + receipt.lost(),
                    CountResource.Count.of(receipt.states()).states(),
                    receipt.inFlight(),
                    receipt.forgotten(),
                    receipt.lost(),
                    receipt.lost() == 0,
                    receipt.inFlight() == 0,
                    new RepeatedView(again.lost(), again.handedBack(), again.jobs(), millis(again.worstDelay())));
        }
    }

    record RepeatedView(
            long lost,
            long handedBack,
            List<UUID> jobs,
            @Nullable Long worstDelayMillis) {}

    /**
     * What became of all jobs that were accepted {@code from} (default: an hour ago) and {@code before}, in whole minutes:
     * the first that is touched and the last that is touched are whole too.
     */
    @GET
    @Path("/receipt")
    public ReceiptView receipt(@Context UriInfo uri) {
        Window window = window(uri, Set.of("from", "before"));
        Instant before = Ledger.minute(window.before());
        return ReceiptView.of(ledger.receipt(
                Ledger.minute(window.from()), before.equals(window.before()) ? before : before.plus(MINUTE)));
    }
}
