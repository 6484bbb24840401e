package io.plainsail.facade.contracts;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.InvalidContractException;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.compatibility.Verdict;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.RunningCheck.Refused;
import io.plainsail.contracts.wire.WireText;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.facade.job.OverloadedException;
import io.plainsail.facade.store.StoreUnavailableException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the contracts that workers announce, and decides which of them are spoken.
 *
 * <ol>
 *   <li>{@link #announce}: the first contract of a type and version is in force at once. Another one waits to be decided.
 *   <li>{@link #work} compares it with the one in force. An incompatible one is refused, and said to be again and again; any
 *       other is accepted.
 *   <li>An accepted one comes into force when no instance speaks the one before it any more: what is accepted until then, all
 *       of them can read.
 *   <li>{@link #heard}: workers tell which contracts they speak, and take no jobs of a type whose contract is refused or not
 *       decided yet.
 * </ol>
 *
 * <p>A contract that was in force once stays accepted: a fleet may be rolled back to it. Thread-safe; {@link #work} is called
 * by one thread.
 */
public final class Announcements {
    private static final Logger log = LoggerFactory.getLogger(Announcements.class);

    /** A refused contract is looked at again: jobs that kept it out may be gone. */
    static final Duration RECHECK = Duration.ofMinutes(1);

    /** Workers announce every 30 seconds. */
    static final Duration SPEAKS_FOR = Duration.ofSeconds(90);

    private static final Duration SPEAKERS_KEPT = Duration.ofHours(1);
    private static final Duration KEPT = Duration.ofDays(90);
    private static final Duration CHECK_AT_MOST = Duration.ofMinutes(1);
    private static final int MAX_WAITING = 1_000;
    private static final int MAX_SPEAKERS = 20_000;

    private final ContractRegistry contracts;
    private final ContractCheck checks;
    private final AnnouncementStore store;
    private final Clock clock;

    private final Map<Key, Announcement> decided = new ConcurrentHashMap<>();
    private final Map<Key, Waiting> waiting = new LinkedHashMap<>(); // Guarded by itself.
    private final Map<Key, DataCheck.Result> checking = new ConcurrentHashMap<>();

    /** Last words of instances, those of the last seconds not yet stored. Guarded by itself. */
    private final Map<Instancing, Speaker> heard = new HashMap<>();

    private final Map<Instancing, Speaker> unstored = new HashMap<>(); // Guarded by heard.

    private volatile boolean stopping;

    private record Key(JobType jobType, String digest) {}

    private record Instancing(JobType jobType, String instance) {}

    private record Waiting(Contract contract, String worker) {}

    /**
     * A contract that is not the one in force.
     *
     * @param announcement what was decided; null while it is being decided
     * @param progress of looking at the jobs that are there, while it is being decided
     */
    public record Other(String digest, @Nullable Announcement announcement, DataCheck.@Nullable Result progress) {}

    public Announcements(ContractRegistry contracts, ContractCheck checks, AnnouncementStore store, Clock clock) {
        this.contracts = contracts;
        this.checks = checks;
        this.store = store;
        this.clock = clock;
    }

    /** Takes over what the store has: at start, and again and again where several facades share it. */
    public void refresh() {
        Map<Key, Announcement> stored = new HashMap<>();
        synchronized (decided) { // nothing is decided between reading and taking over
            store.all().forEach(one -> stored.put(new Key(one.jobType(), one.digest()), one));
            decided.keySet().retainAll(stored.keySet());
            decided.putAll(stored);
        }
    }

    /**
     * Takes an announced contract. One that breaks the format is refused and logged; the one before it stays in force.
     */
    public void announce(JsonNode document, Worker worker) {
        Contract contract;
        try {
            contract = ContractFormat.read(document);
        } catch (InvalidContractException e) {
            log.error("Contract of {} refused, it breaks the format: {}", worker.instance(), e.getMessage());
            return;
        }
        JobType type = contract.jobType();
        boolean first = contracts.first(contract);
        // Before it waits for a decision: whoever sees it accepted sees who speaks it.
        hear(new Speaker(type, contract.digest(), storable(worker), clock.instant()));
        if (first) {
            log.info("Contract of {} known, from {}", type, worker.instance());
        } else {
            Contract inForce = contracts.find(type).orElseThrow().contract();
            if (!inForce.digest().equals(contract.digest())) {
                await(contract, worker);
            } else if (!inForce.equals(contract)) {
                contracts.replace(contract); // in other words
            }
        }
    }

    private void await(Contract contract, Worker worker) {
        synchronized (waiting) {
            if (waiting.size() < MAX_WAITING) {
                waiting.put(new Key(contract.jobType(), contract.digest()), new Waiting(contract, worker.instance()));
            }
        }
    }

    private static Worker storable(Worker worker) {
        return new Worker(
                WireText.storable(worker.service(), 200),
                WireText.storable(worker.instance(), 200),
                WireText.storable(worker.host(), 200),
                WireText.storable(worker.release(), 200));
    }

    private void hear(Speaker speaker) {
        Instancing instance = new Instancing(speaker.jobType(), speaker.worker().instance());
        synchronized (heard) {
            if (heard.size() < MAX_SPEAKERS || heard.containsKey(instance)) {
                heard.put(instance, speaker);
                unstored.put(instance, speaker);
            }
        }
    }

    /** Of what the instance is to take no jobs, by what it tells of itself; notes its end. */
    public List<Refused> heard(RunningCheck check) {
        RunningCheck.Presence presence = check.presence();
        if (presence != null && presence.state().equals(RunningCheck.Presence.STOPPED)) {
            String instance = WireText.storable(presence.worker().instance(), 200);
            synchronized (heard) {
                heard.keySet().removeIf(one -> one.instance().equals(instance));
                unstored.keySet().removeIf(one -> one.instance().equals(instance));
            }
            store.gone(instance);
            return List.of();
        }
        List<Refused> refused = new ArrayList<>();
        Map<String, String> spoken = check.contracts() == null ? Map.of() : check.contracts();
        spoken.forEach((key, digest) -> JobType.ofKey(key)
                .flatMap(type -> refusal(type, digest))
                .ifPresent(reason -> refused.add(new Refused(key, reason))));
        refused.sort(Comparator.comparing(Refused::type));
        return refused;
    }

    private Optional<String> refusal(JobType type, String digest) {
        ContractRegistry.Known inForce = contracts.find(type).orElse(null);
        if (inForce == null || inForce.contract().digest().equals(digest)) {
            return Optional.empty();
        }
        Announcement announcement = decided.get(new Key(type, digest));
        if (announcement == null) {
            return Optional.of("its contract is not the one in force, and not checked yet");
        }
        return announcement.accepted()
                ? Optional.empty()
                : Optional.of("its contract is refused, it is incompatible with the one in force: /v1/job-types/"
                        + type.name() + "/v" + type.version() + " says why");
    }

    // Deciding -----------------------------------------------------------------------------------------------------

    /** Stores who speaks what, decides what waits, and puts in force what nobody contradicts any more. */
    public void work() {
        storeSpeakers();
        for (Optional<Waiting> next = next(); next.isPresent() && !stopping; next = next()) {
            decideOrLeave(next.get());
        }
        settle();
    }

    private void storeSpeakers() {
        List<Speaker> fresh;
        synchronized (heard) {
            fresh = List.copyOf(unstored.values());
            unstored.clear();
        }
        if (fresh.isEmpty()) {
            return;
        }
        try {
            store.spoke(fresh);
        } catch (RuntimeException e) {
            synchronized (heard) {
                fresh.forEach(speaker -> unstored.putIfAbsent(
                        new Instancing(speaker.jobType(), speaker.worker().instance()), speaker));
            }
            throw e;
        }
    }

    /** Ends what is being decided; it is decided again when it is announced again. */
    public void stop() {
        stopping = true;
    }

    private void decideOrLeave(Waiting next) {
        try {
            storeSpeakers(); // it may have been announced since
            decide(next);
        } catch (StoreUnavailableException | OverloadedException e) {
            synchronized (waiting) {
                waiting.putIfAbsent(
                        new Key(next.contract().jobType(), next.contract().digest()), next);
            }
            throw e;
        } catch (RuntimeException | StackOverflowError e) {
            if (!stopping) {
                log.error(
                        "Contract of {} from {} cannot be compared, its instances get no jobs until it can",
                        next.contract().jobType(),
                        next.worker(),
                        e);
            }
        }
    }

    private Optional<Waiting> next() {
        synchronized (waiting) {
            Optional<Key> first = waiting.keySet().stream().findFirst();
            return first.map(waiting::remove);
        }
    }

    private void decide(Waiting next) {
        Contract contract = next.contract();
        Key key = new Key(contract.jobType(), contract.digest());
        Instant now = clock.instant();
        Announcement before = decided.get(key);
        ContractRegistry.Known inForce = contracts.find(contract.jobType()).orElse(null);
        boolean known = before != null
                && (before.accepted() || before.decidedAt().plus(RECHECK).isAfter(now));
        if (known || inForce == null || inForce.contract().digest().equals(contract.digest())) {
            return;
        }
        ContractCheck.Findings findings;
        try {
            checking.put(key, DataCheck.Result.NOTHING);
            findings = checks.check(contract, CHECK_AT_MOST, progress -> {
                if (stopping) {
                    throw new IllegalStateException("the facade stops");
                }
                checking.put(key, progress);
            });
        } finally {
            checking.remove(key);
        }
        // Where the rules do not tell, the jobs do, all of them.
        boolean accepted = findings.verdict() == Verdict.COMPATIBLE
                || (findings.verdict() == Verdict.UNDECIDED && findings.data().complete());
        keep(new Announcement(
                contract.jobType(),
                contract.digest(),
                ContractFormat.write(contract).toString(),
                accepted,
                findings.against(),
                findings.toJson().toString(),
                now,
                before == null ? now : before.firstSeen(),
                now));
        if (!accepted) {
            log.error(
                    "Contract of {} from {} refused, its instances get no jobs: {}",
                    contract.jobType(),
                    next.worker(),
                    findings.summary());
        } else if (findings.verdict() == Verdict.UNDECIDED) {
            log.warn(
                    "Contract of {} from {} accepted though not proven compatible: {}",
                    contract.jobType(),
                    next.worker(),
                    findings.summary());
        } else {
            log.info("Contract of {} from {} accepted: it is compatible", contract.jobType(), next.worker());
        }
    }

    private void keep(Announcement announcement) {
        synchronized (decided) {
            store.put(announcement);
            decided.put(new Key(announcement.jobType(), announcement.digest()), announcement);
        }
    }

    /** Puts an accepted contract in force where only such are spoken, the latest decided first. */
    private void settle() {
        List<Announcement> candidates = new ArrayList<>();
        Instant since = clock.instant().minus(SPEAKS_FOR);
        synchronized (heard) {
            heard.values().removeIf(speaker -> speaker.lastSeen().isBefore(since));
            for (Announcement one : decided.values()) {
                boolean spoken = heard.values().stream()
                        .anyMatch(speaker -> speaker.jobType().equals(one.jobType())
                                && speaker.digest().equals(one.digest()));
                if (one.accepted() && spoken && !isInForce(one)) {
                    candidates.add(one);
                }
            }
        }
        if (candidates.isEmpty()) {
            return;
        }
        candidates.sort(Comparator.comparing(Announcement::decidedAt).reversed());
        List<Speaker> speaking = store.speakers().stream()
                .filter(speaker -> !speaker.lastSeen().isBefore(since))
                .toList();
        for (Announcement next : candidates) {
            Contract inForce = contracts.find(next.jobType()).orElseThrow().contract();
            boolean spoken = speaking.stream()
                    .anyMatch(speaker -> speaker.jobType().equals(next.jobType())
                            && speaker.digest().equals(inForce.digest()));
            if (!spoken && !isInForce(next)) {
                putInForce(next, inForce);
            }
        }
    }

    private boolean isInForce(Announcement announcement) {
        return contracts
                .find(announcement.jobType())
                .filter(known -> known.contract().digest().equals(announcement.digest()))
                .isPresent();
    }

    private void putInForce(Announcement next, Contract before) {
        Contract contract = ContractFormat.read(StrictJson.read(next.document().getBytes(StandardCharsets.UTF_8)));
        if (next.against() != null && !next.against().equals(before.digest())) {
            // Compared with another one than that in force now: once more.
            decided.remove(new Key(next.jobType(), next.digest()));
            decide(new Waiting(contract, "its instances"));
            return;
        }
        Instant now = clock.instant();
        Announcement old = decided.get(new Key(before.jobType(), before.digest()));
        keep(new Announcement(
                before.jobType(),
                before.digest(),
                ContractFormat.write(before).toString(),
                true,
                null,
                old == null ? "{}" : old.findings(),
                old == null ? now : old.decidedAt(),
                old == null ? now : old.firstSeen(),
                old == null ? now : old.lastSeen()));
        contracts.replace(contract);
        log.warn(
                "Contract of {} is now {}: no instance speaks {} any more",
                next.jobType(),
                next.digest(),
                before.digest());
    }

    /** Forgets instances that are gone, and contracts that nobody has spoken for long. */
    public void forget() {
        Instant now = clock.instant();
        store.forgetBefore(now.minus(SPEAKERS_KEPT), now.minus(KEPT));
    }

    // For people ---------------------------------------------------------------------------------------------------

    /** The instances that spoke a contract of this type and version lately. */
    public List<Speaker> speakers(JobType type) {
        Instant since = clock.instant().minus(SPEAKS_FOR);
        return speakers().stream()
                .filter(speaker ->
                        speaker.jobType().equals(type) && !speaker.lastSeen().isBefore(since))
                .toList();
    }

    /** All instances, with what they speak, silent ones too. */
    public List<Speaker> speakers() {
        return store.speakers();
    }

    public Map<JobType, AnnouncementStore.Seen> seen() {
        return store.seen();
    }

    /** Contracts of this type and version that are not in force: newest first, those being decided before them. */
    public List<Other> others(JobType type) {
        List<Other> others = new ArrayList<>();
        checking.forEach((key, progress) -> {
            if (key.jobType().equals(type)) {
                others.add(new Other(key.digest(), null, progress));
            }
        });
        decided.values().stream()
                .filter(one -> one.jobType().equals(type) && !isInForce(one))
                .sorted(Comparator.comparing(Announcement::decidedAt).reversed())
                .forEach(one -> others.add(new Other(one.digest(), one, null)));
        return others;
    }
}
