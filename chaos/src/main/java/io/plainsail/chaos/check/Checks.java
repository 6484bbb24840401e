package io.plainsail.chaos.check;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.chaos.fault.Fault;
import io.plainsail.chaos.fault.Injection;
import io.plainsail.chaos.load.Leftovers.Leftover;
import io.plainsail.chaos.load.Request;
import io.plainsail.chaos.load.Request.Answer;
import io.plainsail.chaos.load.Request.Fate;
import io.plainsail.chaos.load.Watch.Seen;
import io.plainsail.contracts.wire.ClaimAnswer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Holds what was seen against what is promised. Pure. */
public final class Checks {
    static final int MAX_DRAIN_SECONDS = 180;

    /** So many jobs must end in so many seconds after healing, if so many were left. */
    static final int LEAST_COMPLETIONS = 5;

    static final long COMPLETIONS_WITHIN_MILLIS = 30_000;

    /** A fault touches a job as long as leases, heartbeats and reconnects that it delayed may still do. */
    static final long AFTERMATH_MILLIS = 60_000;

    /** While the facade is away, and for a moment more, nobody can be asked whether a pure job has ended. */
    private static final Set<Fault> FACADE_AWAY = EnumSet.of(
            Fault.FACADE_KILL,
            Fault.FACADE_FREEZE,
            Fault.STORE_KILL,
            Fault.STORE_DISK_FULL,
            Fault.DISK_FULL,
            Fault.FACADE_STORE_CUT,
            Fault.WORKER_FACADE_CUT,
            Fault.ACCEPT_COMMITTED,
            Fault.RELAY_PUBLISHED,
            Fault.RELAY_CONFIRMED,
            Fault.EVENTS_RECORDED,
            Fault.CLAIM_GRANTED);

    private static final long FACADE_AWAY_MORE_MILLIS = 20_000;

    /** What ends or stalls one worker touches what that runs, or has just run, and nothing else. */
    private static final Set<Fault> OF_WHAT_RUNS = EnumSet.of(
            Fault.WORKER_KILL,
            Fault.WORKER_RESTART,
            Fault.DELIVERED,
            Fault.HANDLED,
            Fault.NEXT_ATTEMPT_CONFIRMED,
            Fault.OUTCOME_CONFIRMED);

    /** What keeps a worker from ending its processes, or from hearing that it is to. */
    private static final Set<Fault> KEEPS_PROCESSES = keepsProcesses();

    private static Set<Fault> keepsProcesses() {
        Set<Fault> faults = EnumSet.of(Fault.WORKER_FREEZE, Fault.WORKER_FREEZE_LONG, Fault.DELAY);
        faults.addAll(OF_WHAT_RUNS);
        faults.addAll(FACADE_AWAY);
        return faults;
    }

    private static final long JUST_MILLIS = 5_000;

    /** Job types that never run without the facade's word. */
    private static final Set<String> IRREVERSIBLE = Set.of("chaos.ship", "exec.run");

    /** A job that is cancelled may be begun in the moment until its worker hears of it. */
    private static final long CANCEL_HEARD_MILLIS = 5_000;

    private Checks() {}

    /**
     * @param lost accepted and not ended
     * @param unexpected jobs that nobody sent or that were refused, and outcomes that were not to be
     * @param doubleOutcomes outcomes that changed or that were those of an attempt that another had followed, and runs of
     *     a job whose outcome was seen before
     * @param reruns runs beyond those planned
     */
    public record Result(
            int offered,
            int accepted,
            int unknown,
            int succeeded,
            int failed,
            int cancelled,
            int lost,
            int unexpected,
            int doubleOutcomes,
            int reruns,
            List<String> violations) {}

    public static Result of(Evidence seen) {
        return new Checking(seen).result();
    }

    private static final class Checking {
        private final Evidence seen;
        private final List<String> violations = new ArrayList<>();
        private final Map<String, List<Run>> runs = new HashMap<>();

        Checking(Evidence seen) {
            this.seen = seen;
            seen.runs().forEach(run -> runs.computeIfAbsent(run.job(), id -> new ArrayList<>())
                    .add(run));
        }

        Result result() {
            Map<Integer, Request> byNumber = new HashMap<>();
            seen.requests().forEach(request -> byNumber.put(request.number(), request));
            List<Request> accepted = seen.requests().stream()
                    .filter(request -> request.answer() == Answer.ACCEPTED)
                    .toList();
            int lost = lost(accepted);
            int unexpected = unexpected(byNumber);
            int doubles = doubleOutcomes(byNumber) + staleOutcomes(byNumber);
            int reruns = reruns(byNumber);
            leftovers();
            atTheEnd();
            return new Result(
                    seen.requests().size(),
                    accepted.size(),
                    (int) seen.requests().stream()
                            .filter(request -> request.answer() == Answer.UNKNOWN)
                            .count(),
                    ended("succeeded"),
                    ended("failed"),
                    ended("cancelled"),
                    lost,
                    unexpected,
                    doubles,
                    reruns,
                    List.copyOf(violations));
        }

        private int ended(String state) {
            return (int) seen.jobs().values().stream()
                    .filter(job -> job.get("state").asText().equals(state))
                    .count();
        }

        private int lost(List<Request> accepted) {
            int lost = 0;
            for (Request request : accepted) {
                JsonNode job = seen.jobs().get(request.job());
                if (job == null || !seen.ended().containsKey(request.job())) {
                    lost++;
                    violations.add("lost: job " + request.job() + " of request " + request.number() + " is "
                            + (job == null ? "not there" : job.get("state").asText()));
                }
            }
            return lost;
        }

        private int unexpected(Map<Integer, Request> byNumber) {
            int unexpected = 0;
            Set<Integer> numbers = new HashSet<>();
            for (Map.Entry<String, JsonNode> entry : seen.jobs().entrySet()) {
                JsonNode job = entry.getValue();
                Request request = requestOf(job, byNumber);
                String what = null;
                if (request == null || request.answer() == Answer.REFUSED) {
                    what = request == null ? "nobody sent it" : "it was refused";
                } else if (!numbers.add(request.number())) {
                    what = "request " + request.number() + " has another job";
                } else if (!request.fate().states().contains(job.get("state").asText())
                        && seen.ended().containsKey(entry.getKey())) {
                    what = "it is " + job.get("state").asText() + ": " + job.path("error");
                } else if (job.get("state").asText().equals("succeeded")
                        && runs.getOrDefault(entry.getKey(), List.of()).stream()
                                .allMatch(run -> run.endedAt() == null)) {
                    what = "it is succeeded, and no run of it came to its end";
                }
                if (what != null) {
                    unexpected++;
                    violations.add("unexpected: job " + entry.getKey() + ": " + what);
                }
            }
            return unexpected;
        }

        private static @Nullable Request requestOf(JsonNode job, Map<Integer, Request> byNumber) {
            return byNumber.get(job.at("/labels/n").asInt(-1));
        }

        private int doubleOutcomes(Map<Integer, Request> byNumber) {
            int doubles = 0;
            for (String id : seen.changed()) {
                doubles++;
                violations.add("double outcome: the outcome of job " + id + " changed");
            }
            for (Map.Entry<String, Seen> entry : seen.ended().entrySet()) {
                Seen ended = entry.getValue();
                Request request = requestOf(ended.job(), byNumber);
                boolean irreversible = request != null && IRREVERSIBLE.contains(request.type());
                long heard = request != null && request.fate() == Fate.FORCED ? CANCEL_HEARD_MILLIS : 0;
                for (Run run : runs.getOrDefault(entry.getKey(), List.of())) {
                    if (run.startedAt() > ended.at() + heard && (irreversible || !facadeAwayAt(run.startedAt()))) {
                        doubles++;
                        violations.add(
                                "run after a recorded outcome: job " + entry.getKey() + " attempt " + run.attempt()
                                        + " began " + (run.startedAt() - ended.at()) + " ms after it was seen "
                                        + ended.job().get("state").asText());
                    }
                }
            }
            return doubles;
        }

        /** What is recorded must be the word of the last attempt that began, not of one that it had followed. */
        private int staleOutcomes(Map<Integer, Request> byNumber) {
            int stale = 0;
            for (Map.Entry<String, Seen> entry : seen.ended().entrySet()) {
                JsonNode job = entry.getValue().job();
                Request request = requestOf(job, byNumber);
                if (request == null || request.fate() != Fate.SUCCESS) {
                    continue;
                }
                List<Run> begun = runs.getOrDefault(entry.getKey(), List.of()).stream()
                        .filter(run -> run.startedAt() <= entry.getValue().at())
                        .toList();
                int last = begun.stream().mapToInt(Run::attempt).max().orElse(0);
                List<Run> candidates =
                        begun.stream().filter(run -> run.attempt() == last).toList();
                JsonNode attempts = job.path("attempts");
                String instance =
                        attempts.path(attempts.size() - 1).path("instance").asText();
                if (!candidates.isEmpty()
                        && candidates.stream().noneMatch(run -> instance.contains("-" + run.process() + "-"))) {
                    stale++;
                    violations.add("stale outcome: job " + entry.getKey() + " has the outcome of " + instance
                            + ", but attempt " + last + " had begun in process "
                            + candidates.get(0).process());
                }
            }
            return stale;
        }

        private boolean facadeAwayAt(long millis) {
            long since = millis - seen.begunAt();
            return seen.injections().stream()
                    .filter(injection -> FACADE_AWAY.contains(injection.fault()))
                    .anyMatch(injection ->
                            since >= injection.atMillis() && since <= injection.endMillis() + FACADE_AWAY_MORE_MILLIS);
        }

        private int reruns(Map<Integer, Request> byNumber) {
            int reruns = 0;
            for (Map.Entry<String, List<Run>> entry : runs.entrySet()) {
                JsonNode job = seen.jobs().get(entry.getKey());
                Request request = job == null ? null : requestOf(job, byNumber);
                if (request == null || request.fate() == Fate.POISON) {
                    continue;
                }
                int more = entry.getValue().size() - request.planned();
                reruns += Math.max(0, more);
                Seen ended = seen.ended().get(entry.getKey());
                long until = ended == null ? Long.MAX_VALUE : ended.at();
                long touched = seen.injections().stream()
                        .filter(injection -> touches(injection, request.sentAt(), until, entry.getValue()))
                        .mapToLong(injection -> injection.fault() == Fault.POISON ? ClaimAnswer.SUSPECT : 1)
                        .sum();
                if (more > touched) {
                    violations.add("rerun without need: job " + entry.getKey() + " ran "
                            + entry.getValue().size() + " times, " + request.planned() + " were planned and " + touched
                            + " faults touched it");
                }
            }
            return reruns;
        }

        private boolean touches(Injection injection, long from, long until, List<Run> ofJob) {
            long begin = begin(injection);
            long end = end(injection);
            if (OF_WHAT_RUNS.contains(injection.fault())) {
                return ofJob.stream()
                        .anyMatch(run -> run.startedAt() <= end + JUST_MILLIS
                                && (run.endedAt() == null || run.endedAt() >= begin - JUST_MILLIS));
            }
            return begin <= until && from <= end + AFTERMATH_MILLIS;
        }

        /**
         * The time counts from when the job was seen to have ended, and from the end of the last fault that kept workers or
         * their facade from acting. Each process is told of once.
         */
        private void leftovers() {
            Set<Long> told = new HashSet<>();
            for (Leftover leftover : seen.leftovers()) {
                Seen ended = seen.ended().get(leftover.process().job());
                long since = seen.injections().stream()
                        .filter(injection ->
                                KEEPS_PROCESSES.contains(injection.fault()) && begin(injection) <= leftover.at())
                        .mapToLong(this::end)
                        .reduce(ended == null ? leftover.at() : ended.at(), Math::max);
                if (leftover.at() - since > seen.processMillis()
                        && told.add(leftover.process().pid())) {
                    violations.add("process left: " + leftover.process().pid() + " ("
                            + leftover.process().command()
                            + ") of job " + leftover.process().job() + " still ran " + (leftover.at() - since)
                            + " ms after that had ended and nothing was wrong any more");
                }
            }
        }

        private long begin(Injection injection) {
            return seen.begunAt() + injection.atMillis();
        }

        private long end(Injection injection) {
            return seen.begunAt() + injection.endMillis();
        }

        private void atTheEnd() {
            if (seen.leftInBroker() != 0) {
                violations.add("left in the broker: " + seen.leftInBroker() + " messages");
            }
            if (seen.leftInOutbox() != 0) {
                violations.add("left in the outbox: " + seen.leftInOutbox() + " rows");
            }
            if (seen.drainSeconds() < 0 || seen.drainSeconds() > MAX_DRAIN_SECONDS) {
                violations.add("not drained within " + MAX_DRAIN_SECONDS + " s of healing");
            }
            // Not when it was seen first: that may be long after.
            List<Long> after = seen.ended().values().stream()
                    .filter(ended -> ended.at() > seen.healedAt())
                    .map(ended -> Instant.parse(ended.job().get("finishedAt").asText())
                            .toEpochMilli())
                    .filter(at -> at > seen.healedAt())
                    .toList();
            long soon = after.stream()
                    .filter(at -> at <= seen.healedAt() + COMPLETIONS_WITHIN_MILLIS)
                    .count();
            if (soon < Math.min(LEAST_COMPLETIONS, after.size())) {
                violations.add("only " + soon + " jobs ended within " + COMPLETIONS_WITHIN_MILLIS / 1_000
                        + " s of healing, " + after.size() + " did later");
            }
        }
    }
}
