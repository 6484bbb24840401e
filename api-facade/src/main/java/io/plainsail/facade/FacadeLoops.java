package io.plainsail.facade;

import io.plainsail.facade.access.OidcTokens;
import io.plainsail.facade.outbox.Relay;
import io.plainsail.facade.store.Dialect;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.Subscription;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.messaging.Transport;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a facade does in the background: which loop runs how often, and in which order they begin and end.
 *
 * <ol>
 *   <li>{@link #start}: record events, relay jobs, accept.
 *   <li>{@link #stop}: in the opposite order; what is not handed over stays in the outbox for the next start.
 * </ol>
 *
 * Started and stopped by one thread.
 */
final class FacadeLoops {
    private static final Logger log = LoggerFactory.getLogger(FacadeLoops.class);

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

    private final Facade facade;
    private final FacadeConfiguration configuration;
    private final Clock clock;
    private final Transport transport;
    private final Relay relay;

    /** Filled by start, emptied by stop; both on the lifecycle's thread. */
    private final List<Subscription> subscriptions = new ArrayList<>();

    private final List<Loop> acceptLoops = new ArrayList<>();
    private final List<Loop> relayLoops = new ArrayList<>();
    private final List<Loop> recorderLoops = new ArrayList<>();

    FacadeLoops(Facade facade, FacadeConfiguration configuration, Clock clock) {
        this.facade = facade;
        this.configuration = configuration;
        this.clock = clock;
        transport = facade.transport();
        relay = facade.relay();
    }

    void start() {
        facade.contracts().refresh();
        facade.announcements().refresh();
        facade.quotas().refresh();
        relay.recover();
        if (!transport.keepsMessages()) {
            // What was on its way is gone, the messages of jobs that have ended too.
            facade.jobs().forgetUnwantedBefore(clock.instant());
            int released = facade.jobs().releaseUnfinished(clock.instant());
            relay.countOutbox();
            log.info("{} unfinished jobs are released again: the embedded transport keeps nothing", released);
        }

        recorderLoops.add(Loop.start("recorder", () -> facade.recorder().recordNext(POLL_MILLIS)));
        recorderLoops.add(Loop.start("dead-letters", () -> facade.deadLetters().recordNext(POLL_MILLIS)));
        subscriptions.add(transport.subscribe(
                Destination.events(),
                new SubscriptionOptions("recorder", EVENT_PREFETCH),
                facade.recorder()::onDelivery));
        subscriptions.add(transport.subscribe(
                Destination.dead(),
                new SubscriptionOptions("dead-letters", DEAD_PREFETCH),
                facade.deadLetters()::onDelivery));

        relayLoops.add(Loop.every(POLL_MILLIS, "relay-claim", this::claimAll));
        relayLoops.add(Loop.start("relay-publish", () -> relay.publishNext(POLL_MILLIS)));
        relayLoops.add(Loop.every(SETTLE_MILLIS, "relay-settle", this::settleAll));
        relayLoops.add(Loop.every(REFRESH_MILLIS, "refresh", this::refresh));

        recorderLoops.add(Loop.every(LOOK_MILLIS, "guard", facade.guard()::look));
        if (transport.keepsMessages()) {
            recorderLoops.add(Loop.every(missingLookMillis(), "missing-messages", facade.missing()::look));
        }
        recorderLoops.add(Loop.every(LOOK_MILLIS, "fleet", facade.fleet()::look));
        recorderLoops.add(Loop.every(LEDGER_MILLIS, "ledger", this::keepLedger));
        recorderLoops.add(Loop.every(DECIDE_MILLIS, "contracts", facade.announcements()::work));
        recorderLoops.add(Loop.every(REFRESH_MILLIS, "quotas", facade.quotas()::refresh));
        relayLoops.add(Loop.every(MARK_MILLIS, "marks", facade.guard()::mark));
        recorderLoops.add(Loop.every(RETENTION_MILLIS, "retention", this::forgetAll));
        recorderLoops.add(Loop.every(CALLBACK_MILLIS, "callbacks", this::tellAll));
        OidcTokens tokensOfIssuer = facade.tokensOfIssuer();
        if (tokensOfIssuer != null) {
            recorderLoops.add(Loop.every(REFRESH_MILLIS, "issuer", tokensOfIssuer::keepFresh));
        }

        // PostgreSQL commits side by side; H2 has one writer.
        int lanes = configuration.getStore().dialect() == Dialect.H2 ? 1 : 2;
        for (int lane = 1; lane <= lanes; lane++) {
            acceptLoops.add(Loop.start("accept-" + lane, () -> facade.accept().commitNext(POLL_MILLIS)));
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
        facade.ledgers().forgetBefore(clock.instant().minus(LEDGER_KEPT));
        facade.audit().forgetBefore(clock.instant().minus(LEDGER_KEPT));
        facade.callers().forgetBefore(clock.instant().minus(LEDGER_KEPT));
        facade.announcements().forget();
        facade.quotas().forget();
        int batches = 1;
        while (facade.retention().forgetNext() && batches < MAX_RETENTION_BATCHES) {
            batches++;
        }
    }

    private void tellAll() {
        int batches = 1;
        while (facade.callbacks().tellNext() && batches < MAX_CALLBACK_BATCHES) {
            batches++;
        }
    }

    private void keepLedger() {
        relay.ledger().flush(facade.ledgers(), configuration.getInstance());
        relay.callers().flush(facade.callers(), configuration.getInstance());
        facade.quotas().flush();
    }

    private void refresh() {
        facade.contracts().refresh();
        facade.announcements().refresh();
        facade.keys().refresh();
        relay.countOutbox();
    }

    void stop() {
        facade.announcements().stop();
        facade.accept().close();
        await("the requests in hand are committed", facade.accept()::isIdle);
        acceptLoops.forEach(Loop::stop);

        relayLoops.get(0).stop();
        await("accepted jobs are published", relay::isIdle);
        facade.publisher().close();
        await("the transport's answers are stored", relay::isIdle);
        relayLoops.forEach(Loop::stop);

        subscriptions.forEach(Subscription::stop);
        await("events in hand are recorded", () -> facade.recorder().backlog() == 0);
        recorderLoops.forEach(Loop::stop);
        subscriptions.forEach(Subscription::close);
        lastInLedger();
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
    boolean isAlive() {
        return acceptLoops.stream().allMatch(Loop::isAlive)
                && relayLoops.stream().allMatch(Loop::isAlive)
                && recorderLoops.stream().allMatch(Loop::isAlive);
    }
}
