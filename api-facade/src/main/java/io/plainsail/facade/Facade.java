package io.plainsail.facade;

import io.dropwizard.lifecycle.Managed;
import io.plainsail.facade.accept.GroupCommit;
import io.plainsail.facade.access.ApiKey;
import io.plainsail.facade.access.AuditLog;
import io.plainsail.facade.access.KeyFile;
import io.plainsail.facade.access.Keys;
import io.plainsail.facade.access.OidcConfig;
import io.plainsail.facade.access.OidcTokens;
import io.plainsail.facade.access.Quotas;
import io.plainsail.facade.access.Role;
import io.plainsail.facade.contracts.Announcements;
import io.plainsail.facade.contracts.ContractCheck;
import io.plainsail.facade.contracts.ContractRegistry;
import io.plainsail.facade.contracts.DataCheck;
import io.plainsail.facade.events.DeadLetters;
import io.plainsail.facade.events.Parking;
import io.plainsail.facade.events.Recorder;
import io.plainsail.facade.fleet.Fleet;
import io.plainsail.facade.guard.Guard;
import io.plainsail.facade.guard.MissingMessages;
import io.plainsail.facade.job.Lease;
import io.plainsail.facade.notify.Callbacks;
import io.plainsail.facade.outbox.Relay;
import io.plainsail.facade.receipt.CallerStore;
import io.plainsail.facade.results.DirectoryResultStore;
import io.plainsail.facade.results.JobTokens;
import io.plainsail.facade.results.ResultIntake;
import io.plainsail.facade.results.ResultStore;
import io.plainsail.facade.retention.Retention;
import io.plainsail.facade.store.Database;
import io.plainsail.facade.store.Dialect;
import io.plainsail.facade.store.JdbiAnnouncementStore;
import io.plainsail.facade.store.JdbiAuditLog;
import io.plainsail.facade.store.JdbiCallerStore;
import io.plainsail.facade.store.JdbiContractStore;
import io.plainsail.facade.store.JdbiDeadJobs;
import io.plainsail.facade.store.JdbiFleetStore;
import io.plainsail.facade.store.JdbiIdempotencyKeys;
import io.plainsail.facade.store.JdbiJobCallbacks;
import io.plainsail.facade.store.JdbiJobChanges;
import io.plainsail.facade.store.JdbiJobClaims;
import io.plainsail.facade.store.JdbiJobEnds;
import io.plainsail.facade.store.JdbiJobFigures;
import io.plainsail.facade.store.JdbiJobStore;
import io.plainsail.facade.store.JdbiKeyStore;
import io.plainsail.facade.store.JdbiLedgerStore;
import io.plainsail.facade.store.JdbiStoredInputs;
import io.plainsail.facade.store.JdbiUnheardJobs;
import io.plainsail.facade.store.JdbiUsageStore;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.Subscription;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.messaging.Transport;
import io.plainsail.messaging.trace.MessageSpans;
import io.plainsail.messaging.trace.Tracing;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The facade less its HTTP side: store, accept path, relay and recorder, put together and run.
 *
 * <ol>
 *   <li>Open the store, take back what this facade had claimed, know the contracts.
 *   <li>{@link #start}: record events, relay jobs, accept.
 *   <li>{@link #stop}: in the opposite order; what is not handed over stays in the outbox for the next start.
 * </ol>
 */
public final class Facade implements Managed {
    private static final Logger log = LoggerFactory.getLogger(Facade.class);

    private static final int MAX_JOBS_IN_FLIGHT = 2_000;
    private static final int EVENT_PREFETCH = 128;
    private static final int DEAD_PREFETCH = 16;
    private static final long POLL_MILLIS = 200;

    /** Between two deletions from the outbox: what dies in between is published twice, and each one costs a commit. */
    private static final long SETTLE_MILLIS = 20;

    private static final long REFRESH_MILLIS = 5_000;
    private static final long MARK_MILLIS = 1_000;
    private static final long LOOK_MILLIS = 1_000;
    private static final long MISSING_LOOK_MILLIS = 30_000;
    private static final long LEDGER_MILLIS = 1_000;
    private static final long DECIDE_MILLIS = 500;
    private static final long RETENTION_MILLIS = 5_000;

    private static final long CALLBACK_MILLIS = 1_000;

    /** In one go: stopping waits for it. */
    private static final int MAX_RETENTION_BATCHES = 50;

    private static final int MAX_CALLBACK_BATCHES = 20;

    /** And the audit log. */
    private static final Duration LEDGER_KEPT = Duration.ofDays(400);

    private static final Duration DRAIN_STEP = Duration.ofSeconds(10);

    private final FacadeConfiguration configuration;
    private final Transport transport;
    private final Clock clock;
    private final Database database;
    private final JdbiJobStore jobs;
    private final JdbiDeadJobs deadJobs;
    private final JdbiIdempotencyKeys idempotencyKeys;
    private final Keys keys;
    private final Quotas quotas;
    private final @Nullable OidcTokens tokensOfIssuer;
    private final JdbiAuditLog audit;
    private final ResultStore results;
    private final ContractRegistry contracts;
    private final ContractCheck contractCheck;
    private final Announcements announcements;
    private final JdbiCallerStore callerStore;
    private final JobTokens tokens;
    private final JdbiJobEnds ends;
    private final Fleet fleet;
    private final JdbiJobFigures figures;
    private final JdbiJobChanges changes;
    private final JdbiLedgerStore ledgers;
    private final Guard guard;
    private final MissingMessages missing;
    private final ResultIntake intake;
    private final Tracing tracing;
    private final Publisher publisher;
    private final Relay relay;
    private final GroupCommit accept;
    private final Parking parking;
    private final Recorder recorder;
    private final DeadLetters deadLetters;
    private final Retention retention;
    private final JdbiJobCallbacks jobCallbacks;
    private final Callbacks callbacks;

    /** Filled by start, emptied by stop; both on the lifecycle's thread. */
    private final List<Subscription> subscriptions = new ArrayList<>();

    private final List<Loop> acceptLoops = new ArrayList<>();
    private final List<Loop> relayLoops = new ArrayList<>();
    private final List<Loop> recorderLoops = new ArrayList<>();

    /** Opens the store; nothing runs yet. */
    public Facade(FacadeConfiguration configuration, Transport transport, Clock clock) throws IOException {
        this.configuration = configuration;
        this.transport = transport;
        this.clock = clock;
        database = Database.open(configuration.getStore());
        Lease lease = new Lease(clock, configuration.lease());
        jobs = new JdbiJobStore(database, lease);
        deadJobs = new JdbiDeadJobs(database);
        idempotencyKeys = new JdbiIdempotencyKeys(database);
        keys = keys(configuration.getAccess());
        quotas = new Quotas(keys, new JdbiUsageStore(database), configuration.getInstance(), clock);
        OidcConfig oidc = configuration.oidc();
        tokensOfIssuer = oidc == null ? null : OidcTokens.of(oidc, clock);
        audit = new JdbiAuditLog(database);
        JdbiContractStore contractStore = new JdbiContractStore(database);
        tokens = new JobTokens(contractStore.tokenKey());
        results = new DirectoryResultStore(configuration.getResults().directory());
        contracts = new ContractRegistry(contractStore, clock);
        contractCheck = new ContractCheck(contracts, new DataCheck(new JdbiStoredInputs(database), clock));
        announcements = new Announcements(contracts, contractCheck, new JdbiAnnouncementStore(database), clock);
        callerStore = new JdbiCallerStore(database);
        intake = new ResultIntake(jobs, contracts, tokens, results);
        tracing = Tracing.of(
                configuration.getTracing(),
                "plainsail-facade",
                configuration.getInstance(),
                String.valueOf(
                        Objects.requireNonNullElse(Facade.class.getPackage().getImplementationVersion(), "")));
        MessageSpans spans = MessageSpans.of(tracing, transport);
        publisher = transport.publisher(new PublisherOptions("relay", MAX_JOBS_IN_FLIGHT, Duration.ofSeconds(10)));
        relay = new Relay(
                configuration.getInstance(),
                jobs,
                publisher,
                tokens,
                clock,
                configuration.getLimits().outbox(),
                spans);
        accept = new GroupCommit(jobs, relay, quotas, tracing);
        parking = new Parking(jobs, publisher, clock);
        ends = new JdbiJobEnds(database);
        fleet = new Fleet(new JdbiFleetStore(database), clock);
        figures = new JdbiJobFigures(database);
        changes = new JdbiJobChanges(database);
        ledgers = new JdbiLedgerStore(database);
        guard = new Guard(
                new JdbiJobClaims(database, lease),
                ends,
                publisher,
                lease,
                configuration.getInstance(),
                !transport.keepsMessages(),
                fleet);
        missing = new MissingMessages(
                new JdbiUnheardJobs(database),
                transport::withNothingWaiting,
                guard::caughtUp,
                clock,
                configuration.missingAfter());
        recorder = new Recorder(jobs, announcements, parking, guard, spans);
        retention = new Retention(jobs, idempotencyKeys, results, configuration.getRetention(), clock);
        deadLetters = new DeadLetters(jobs, parking, clock, configuration.getInstance());
        jobCallbacks = new JdbiJobCallbacks(database);
        callbacks = new Callbacks(jobCallbacks, jobs, contracts, relay, clock);
    }

    private Keys keys(FacadeConfiguration.Access access) {
        List<ApiKey> ofFiles = new ArrayList<>();
        if (access.adminKeyFile() != null) {
            ofFiles.add(KeyFile.read(access.adminKeyFile(), Role.ADMIN, clock.instant()));
        }
        if (access.workerKeyFile() != null) {
            ofFiles.add(KeyFile.read(access.workerKeyFile(), Role.WORKER, clock.instant()));
        }
        Keys keys = new Keys(new JdbiKeyStore(database), ofFiles, clock);
        if (access.required() && !keys.any() && configuration.oidc() == null) {
            throw new IllegalArgumentException(
                    "access.required is true and there is no key: nobody could use the API. Set access.adminKeyFile");
        }
        return keys;
    }

    @Override
    public void start() {
        contracts.refresh();
        announcements.refresh();
        quotas.refresh();
        relay.recover();
        if (!transport.keepsMessages()) {
            // What was on its way is gone, the messages of jobs that have ended too.
            jobs.forgetUnwantedBefore(clock.instant());
            int released = jobs.releaseUnfinished(clock.instant());
            relay.countOutbox();
            log.info("{} unfinished jobs are released again: the embedded transport keeps nothing", released);
        }

        recorderLoops.add(Loop.start("recorder", () -> recorder.recordNext(POLL_MILLIS)));
        recorderLoops.add(Loop.start("dead-letters", () -> deadLetters.recordNext(POLL_MILLIS)));
        subscriptions.add(transport.subscribe(
                Destination.events(), new SubscriptionOptions("recorder", EVENT_PREFETCH), recorder::onDelivery));
        subscriptions.add(transport.subscribe(
                Destination.dead(), new SubscriptionOptions("dead-letters", DEAD_PREFETCH), deadLetters::onDelivery));

        relayLoops.add(Loop.every(POLL_MILLIS, "relay-claim", this::claimAll));
        relayLoops.add(Loop.start("relay-publish", () -> relay.publishNext(POLL_MILLIS)));
        relayLoops.add(Loop.every(SETTLE_MILLIS, "relay-settle", this::settleAll));
        relayLoops.add(Loop.every(REFRESH_MILLIS, "refresh", this::refresh));

        recorderLoops.add(Loop.every(LOOK_MILLIS, "guard", guard::look));
        if (transport.keepsMessages()) {
            recorderLoops.add(Loop.every(missingLookMillis(), "missing-messages", missing::look));
        }
        recorderLoops.add(Loop.every(LOOK_MILLIS, "fleet", fleet::look));
        recorderLoops.add(Loop.every(LEDGER_MILLIS, "ledger", this::keepLedger));
        recorderLoops.add(Loop.every(DECIDE_MILLIS, "contracts", announcements::work));
        recorderLoops.add(Loop.every(REFRESH_MILLIS, "quotas", quotas::refresh));
        relayLoops.add(Loop.every(MARK_MILLIS, "marks", guard::mark));
        recorderLoops.add(Loop.every(RETENTION_MILLIS, "retention", this::forgetAll));
        recorderLoops.add(Loop.every(CALLBACK_MILLIS, "callbacks", this::tellAll));
        if (tokensOfIssuer != null) {
            recorderLoops.add(Loop.every(REFRESH_MILLIS, "issuer", tokensOfIssuer::keepFresh));
        }

        // PostgreSQL commits side by side; H2 has one writer.
        int lanes = configuration.getStore().dialect() == Dialect.H2 ? 1 : 2;
        for (int lane = 1; lane <= lanes; lane++) {
            acceptLoops.add(Loop.start("accept-" + lane, () -> accept.commitNext(POLL_MILLIS)));
        }
    }

    private long missingLookMillis() {
        return Math.min(MISSING_LOOK_MILLIS, configuration.missingAfter().toMillis() / 20);
    }

    private void claimAll() {
        int claimed;
        do {
            claimed = relay.claimNext();
        } while (claimed > 0);
    }

    private void settleAll() {
        int settled;
        do {
            settled = relay.settleNext();
        } while (settled > 0);
    }

    private void forgetAll() {
        ledgers.forgetBefore(clock.instant().minus(LEDGER_KEPT));
        audit.forgetBefore(clock.instant().minus(LEDGER_KEPT));
        callerStore.forgetBefore(clock.instant().minus(LEDGER_KEPT));
        announcements.forget();
        quotas.forget();
        int batches = 1;
        while (retention.forgetNext() && batches < MAX_RETENTION_BATCHES) {
            batches++;
        }
    }

    private void tellAll() {
        int batches = 1;
        while (callbacks.tellNext() && batches < MAX_CALLBACK_BATCHES) {
            batches++;
        }
    }

    private void keepLedger() {
        relay.ledger().flush(ledgers, configuration.getInstance());
        relay.callers().flush(callerStore, configuration.getInstance());
        quotas.flush();
    }

    private void refresh() {
        contracts.refresh();
        announcements.refresh();
        keys.refresh();
        relay.countOutbox();
    }

    @Override
    public void stop() {
        announcements.stop();
        accept.close();
        await("the requests in hand are committed", accept::isIdle);
        acceptLoops.forEach(Loop::stop);

        relayLoops.get(0).stop();
        await("accepted jobs are published", relay::isIdle);
        publisher.close();
        await("the transport's answers are stored", relay::isIdle);
        relayLoops.forEach(Loop::stop);

        subscriptions.forEach(Subscription::stop);
        await("events in hand are recorded", () -> recorder.backlog() == 0);
        recorderLoops.forEach(Loop::stop);
        subscriptions.forEach(Subscription::close);
        lastInLedger();

        transport.close();
        database.close();
        tracing.close();
        log.info("Stopped; {} jobs stay in the outbox for the next start", relay.outstanding());
    }

    private void lastInLedger() {
        try {
            keepLedger();
        } catch (RuntimeException e) {
            log.warn("The last acceptances are missing in the ledger, which knows of fewer jobs now", e);
        }
    }

    private static void await(String what, BooleanSupplier done) {
        long end = System.nanoTime() + DRAIN_STEP.toNanos();
        while (!done.getAsBoolean()) {
            if (System.nanoTime() > end) {
                log.warn("Stopping goes on after {} s without that {}", DRAIN_STEP.toSeconds(), what);
                return;
            }
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Whether every loop runs: a facade that lost one would accept and never deliver, or never record. */
    public boolean isAlive() {
        return acceptLoops.stream().allMatch(Loop::isAlive)
                && relayLoops.stream().allMatch(Loop::isAlive)
                && recorderLoops.stream().allMatch(Loop::isAlive);
    }

    public Database database() {
        return database;
    }

    public JdbiJobStore jobs() {
        return jobs;
    }

    public JdbiDeadJobs deadJobs() {
        return deadJobs;
    }

    public JdbiIdempotencyKeys idempotencyKeys() {
        return idempotencyKeys;
    }

    public Keys keys() {
        return keys;
    }

    public Quotas quotas() {
        return quotas;
    }

    public @Nullable OidcTokens tokensOfIssuer() {
        return tokensOfIssuer;
    }

    public AuditLog audit() {
        return audit;
    }

    public Guard guard() {
        return guard;
    }

    public MissingMessages missing() {
        return missing;
    }

    public Fleet fleet() {
        return fleet;
    }

    public JdbiJobFigures figures() {
        return figures;
    }

    public JdbiJobChanges changes() {
        return changes;
    }

    public JdbiLedgerStore ledgers() {
        return ledgers;
    }

    public JdbiJobEnds ends() {
        return ends;
    }

    public JobTokens tokens() {
        return tokens;
    }

    public Retention retention() {
        return retention;
    }

    public ResultIntake intake() {
        return intake;
    }

    public ResultStore results() {
        return results;
    }

    public ContractRegistry contracts() {
        return contracts;
    }

    public Announcements announcements() {
        return announcements;
    }

    public CallerStore callers() {
        return callerStore;
    }

    public ContractCheck contractCheck() {
        return contractCheck;
    }

    public Tracing tracing() {
        return tracing;
    }

    public Transport transport() {
        return transport;
    }

    public Relay relay() {
        return relay;
    }

    public GroupCommit accept() {
        return accept;
    }

    public Recorder recorder() {
        return recorder;
    }

    public JdbiJobCallbacks jobCallbacks() {
        return jobCallbacks;
    }

    public Callbacks callbacks() {
        return callbacks;
    }

    public Parking parking() {
        return parking;
    }
}
