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
import io.plainsail.facade.store.JdbiResultStore;
import io.plainsail.facade.store.JdbiStoredInputs;
import io.plainsail.facade.store.JdbiUnheardJobs;
import io.plainsail.facade.store.JdbiUsageStore;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.Transport;
import io.plainsail.messaging.trace.MessageSpans;
import io.plainsail.messaging.trace.Tracing;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The facade less its HTTP side: store, accept path, relay and recorder, put together.
 *
 * <ol>
 *   <li>Open the store.
 *   <li>{@link #start}: take back what this facade had claimed, know the contracts, and run ({@link FacadeLoops}).
 *   <li>{@link #stop}: what is not handed over stays in the outbox for the next start.
 * </ol>
 */
public final class Facade implements Managed {
    private static final Logger log = LoggerFactory.getLogger(Facade.class);

    private static final int MAX_JOBS_IN_FLIGHT = 2_000;

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

    private final FacadeLoops loops;

    /** Opens the store; nothing runs yet. */
    public Facade(FacadeConfiguration configuration, Transport transport, Clock clock) throws IOException {
        this.transport = transport;
        this.clock = clock;
        database = Database.open(configuration.getStore());
        Lease lease = new Lease(clock, configuration.lease());
        jobs = new JdbiJobStore(database, lease);
        deadJobs = new JdbiDeadJobs(database);
        idempotencyKeys = new JdbiIdempotencyKeys(database);
        keys = keys(configuration);
        quotas = new Quotas(keys, new JdbiUsageStore(database), configuration.getInstance(), clock);
        OidcConfig oidc = configuration.oidc();
        tokensOfIssuer = oidc == null ? null : OidcTokens.of(oidc, clock);
        audit = new JdbiAuditLog(database);
        JdbiContractStore contractStore = new JdbiContractStore(database);
        tokens = new JobTokens(contractStore.tokenKey());
        results = results(configuration);
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
        loops = new FacadeLoops(this, configuration, clock);
    }

    /** H2 serves one facade, PostgreSQL several: what one keeps, all serve. */
    private ResultStore results(FacadeConfiguration configuration) throws IOException {
        Path directory = configuration.getResults().directory();
        return configuration.getStore().dialect() == Dialect.POSTGRESQL
                ? new JdbiResultStore(database, directory)
                : new DirectoryResultStore(directory);
    }

    private Keys keys(FacadeConfiguration configuration) {
        FacadeConfiguration.Access access = configuration.getAccess();
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
        loops.start();
    }

    @Override
    public void stop() {
        loops.stop();
        transport.close();
        database.close();
        tracing.close();
        log.info("Stopped; {} jobs stay in the outbox for the next start", relay.outstanding());
    }

    /** Whether every loop runs: a facade that lost one would accept and never deliver, or never record. */
    public boolean isAlive() {
        return loops.isAlive();
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

    Publisher publisher() {
        return publisher;
    }

    public Relay relay() {
        return relay;
    }

    public GroupCommit accept() {
        return accept;
    }

    DeadLetters deadLetters() {
        return deadLetters;
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
