package io.plainsail.facade.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.contracts.JobType;
import io.plainsail.facade.access.ApiKey;
import io.plainsail.facade.access.AuditLog;
import io.plainsail.facade.access.KeyText;
import io.plainsail.facade.access.Keys;
import io.plainsail.facade.access.Owner;
import io.plainsail.facade.access.QuotaException;
import io.plainsail.facade.access.Quotas;
import io.plainsail.facade.access.Role;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.NewJob;
import io.plainsail.testbed.MovingClock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Keys, quotas and the audit log, whatever database is below. One subclass per database. */
abstract class AccessContract {
    private static final Instant EVENING = Instant.parse("2026-11-22T23:00:00Z");
    private static final LocalDate DAY = LocalDate.of(2026, 11, 22);

    private final MovingClock clock = MovingClock.at(EVENING);
    Database database;
    private JdbiUsageStore usages;
    private JdbiAuditLog audit;
    Keys keys;

    /** Where a fresh, empty database is. */
    abstract StoreConfig freshDatabase();

    @BeforeEach
    void open() {
        database = Database.open(freshDatabase());
        usages = new JdbiUsageStore(database);
        audit = new JdbiAuditLog(database);
        keys = new Keys(new JdbiKeyStore(database), List.of(), clock);
    }

    @AfterEach
    void close() {
        database.close();
    }

    Keys.Created key(Integer perMinute, Integer jobsPerDay, Instant expiresAt) {
        return keys.create(
                new Keys.Wish("a key", null, Role.SUBMITTER, Set.of("a.b"), perMinute, jobsPerDay, expiresAt), "test");
    }

    private List<NewJob> jobs(String key, int count) {
        NewJob job = NewJob.builder(
                        JobIds.next(),
                        new JobType("test.echo", 1),
                        new byte[] {'{', '}'},
                        Duration.ofMinutes(1),
                        clock.instant())
                .owner(new Owner("", key))
                .build();
        return Collections.nCopies(count, job);
    }

    // Keys -----------------------------------------------------------------------------------------------------

    @Test
    void whatAKeyMayIsKept() {
        ApiKey bounded = key(5, 7, EVENING.plusSeconds(60)).key();
        ApiKey free = key(null, null, null).key();
        assertThat(new JdbiKeyStore(database).all()).containsExactlyInAnyOrder(bounded, free);
        assertThat(keys.quota(bounded.id())).contains(7);
        assertThat(keys.quota(free.id())).isEmpty();
        assertThat(keys.quota("oidc:zoe")).isEmpty();
    }

    @Test
    void aNewKeyIsGoodAtEveryFacadeAtOnce() {
        Keys other = new Keys(new JdbiKeyStore(database), List.of(), clock);
        Keys.Created key = key(5, 7, EVENING.plusSeconds(60));
        assertThat(other.authenticate(key.text().text())).contains(key.key());
        assertThat(other.quota(key.key().id())).as("and is known from then on").contains(7);
        assertThat(other.authenticate(KeyText.fresh().text()))
                .as("one that nobody made")
                .isEmpty();
        keys.revoke(key.key().id());
        other.refresh();
        assertThat(other.authenticate(key.text().text())).as("revoked").isEmpty();
    }

    @Test
    void aKeyEndsWhenItsTimeIsUp() {
        Keys.Created key = key(null, null, EVENING.plusSeconds(60));
        clock.advance(Duration.ofSeconds(59));
        assertThat(keys.authenticate(key.text().text())).contains(key.key());
        clock.advance(Duration.ofSeconds(1));
        assertThat(keys.authenticate(key.text().text())).isEmpty();
    }

    @Test
    void aRotatedKeyAndItsSuccessorLiveTogetherUntilTheOldOneEnds() {
        Keys.Created old = key(5, 7, null);
        Keys.Created fresh =
                keys.rotate(old.key().id(), EVENING.plusSeconds(60), "test").orElseThrow();
        assertThat(fresh.key().jobsPerDay()).isEqualTo(7);
        assertThat(fresh.key().perMinute()).isEqualTo(5);
        assertThat(keys.authenticate(old.text().text())).isPresent();
        assertThat(keys.authenticate(fresh.text().text())).isPresent();
        clock.advance(Duration.ofSeconds(60));
        assertThat(keys.authenticate(old.text().text())).isEmpty();
        assertThat(keys.authenticate(fresh.text().text())).isPresent();
        // A key that would end earlier than the overlap still does.
        Keys.Created soon = key(null, null, clock.instant().plusSeconds(10));
        assertThat(keys.rotate(soon.key().id(), clock.instant().plusSeconds(1_000), "test"))
                .isPresent();
        clock.advance(Duration.ofSeconds(10));
        assertThat(keys.authenticate(soon.text().text())).isEmpty();
    }

    // Quotas ---------------------------------------------------------------------------------------------------

    @Test
    void aKeyHasItsQuotaOncePerDayAndWhatWasNotAcceptedIsGivenBack() {
        Quotas quotas = new Quotas(keys, usages, "one", clock);
        String key = key(null, 10, null).key().id();
        quotas.take(jobs(key, 6));
        assertThatThrownBy(() -> quotas.take(jobs(key, 5)))
                .isInstanceOfSatisfying(QuotaException.class, e -> assertThat(e.retryAfterSeconds())
                        .isEqualTo(3_600))
                .hasMessageContaining("has 10 jobs a day, 4 of them left, and this would be 5");
        quotas.take(jobs(key, 4));
        assertThat(quotas.standing(key)).contains(new Quotas.Standing(10, 0, 3_600));
        quotas.giveBack(jobs(key, 3));
        quotas.flush();
        assertThat(usages.sums(DAY)).isEqualTo(Map.of(key, 7L));
        assertThat(quotas.standing(key)).contains(new Quotas.Standing(10, 3, 3_600));
        clock.advance(Duration.ofHours(1));
        assertThat(quotas.standing(key)).contains(new Quotas.Standing(10, 10, 86_400));
        quotas.refresh();
        quotas.take(jobs(key, 10));
    }

    @Test
    void whatAnotherFacadeOrThisOneBeforeCountedIsKnown() {
        String key = key(null, 10, null).key().id();
        Quotas one = new Quotas(keys, usages, "one", clock);
        Quotas other = new Quotas(keys, usages, "other", clock);
        one.take(jobs(key, 4));
        one.flush();
        one.take(jobs(key, 1));
        one.flush();
        other.refresh();
        other.take(jobs(key, 5));
        other.flush();
        assertThatThrownBy(() -> other.take(jobs(key, 1))).isInstanceOf(QuotaException.class);
        Quotas again = new Quotas(keys, usages, "one", clock);
        again.refresh();
        assertThat(again.standing(key)).contains(new Quotas.Standing(10, 0, 3_600));
        clock.advance(Duration.ofDays(41));
        again.forget();
        assertThat(usages.sums(DAY)).isEmpty();
    }

    @Test
    void ofSeveralKeysNoneIsCountedIfOneHasNotEnough() {
        Quotas quotas = new Quotas(keys, usages, "one", clock);
        String first = key(null, 10, null).key().id();
        String second = key(null, 1, null).key().id();
        List<NewJob> mixed = new java.util.ArrayList<>(jobs(first, 2));
        mixed.addAll(jobs(second, 2));
        mixed.addAll(jobs("without-quota", 5));
        assertThatThrownBy(() -> quotas.take(mixed)).isInstanceOf(QuotaException.class);
        assertThat(quotas.standing(first).orElseThrow().left()).isEqualTo(10);
        assertThat(quotas.standing(second).orElseThrow().left()).isEqualTo(1);
        assertThat(quotas.standing("without-quota")).isEmpty();
    }

    // Audit ----------------------------------------------------------------------------------------------------

    private void note(String caller, String action, int status) {
        audit.add(new AuditLog.Entry(
                JobIds.next(), JobIds.time(JobIds.next()), caller, "127.0.0.1", action, status, "{\"after\":1}"));
    }

    private List<String> found(String caller, String action, Integer status, Instant from, Instant before) {
        return audit.list(new AuditLog.Filter(caller, action, status, from, before), null, 100).stream()
                .map(AuditLog.Entry::action)
                .toList();
    }

    @Test
    void entriesAreFoundByWhatTheyHoldNewestFirst() {
        note("ada", "POST /v1/keys", 201);
        note("ada", "DELETE /v1/keys/x_y%z", 204);
        note("bob", "POST /v1/jobs/cancel?type=a", 403);
        Instant now = JobIds.time(JobIds.next());
        assertThat(found(null, null, null, null, null))
                .containsExactly("POST /v1/jobs/cancel?type=a", "DELETE /v1/keys/x_y%z", "POST /v1/keys");
        assertThat(found("ada", null, null, null, null)).hasSize(2);
        assertThat(found("ad", null, null, null, null)).isEmpty();
        assertThat(found(null, "POST ", null, null, null)).hasSize(2);
        assertThat(found(null, "DELETE /v1/keys/x_y%z", null, null, null)).hasSize(1);
        assertThat(found(null, "%", null, null, null)).isEmpty();
        assertThat(found("bob", "POST", 403, now.minusSeconds(60), now.plusSeconds(60)))
                .hasSize(1);
        assertThat(found(null, null, null, now.plusSeconds(60), null)).isEmpty();
        assertThat(found(null, null, null, null, now.minusSeconds(60))).isEmpty();
    }
}
